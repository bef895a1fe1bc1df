// Command nethttp is the README's quick start for net/http.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

func main() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
	if err != nil {
		log.Fatal(err)
	}
	tracer := tel.TracerProvider().Tracer("orders")

	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		_, span := tracer.Start(r.Context(), "process_item_logic") // a child of the server span
		defer span.End()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"item_id":%q,"status":"processed"}`, r.PathValue("item_id"))
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(tel.Stats()) })

	handler := nethttpotel.Middleware(tel)(mux)
	if err := tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: handler}); err != nil {
		log.Fatal(err)
	}
}
