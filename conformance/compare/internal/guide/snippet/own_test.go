package snippet_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// newHandler is a placeholder for the service of the user who copies the test.
func newHandler(tel *core.Telemetry) http.Handler {
	tracer := tel.TracerProvider().Tracer("orders")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /process/{item_id}", func(_ http.ResponseWriter, r *http.Request) {
		_, span := tracer.Start(r.Context(), "process_item_logic")
		span.End()
	})
	return nethttpotel.Middleware(tel)(mux)
}

func TestOneRequestTwoSpans(t *testing.T) {
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	tel, err := core.Setup(t.Context(), core.WithServiceName("orders"), core.WithExclude("healthz"))
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(newHandler(tel))
	defer service.Close()

	for _, path := range []string{"/healthz", "/process/12345"} {
		response, err := http.Get(service.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}

	var names []string
	for _, span := range collector.Spans() {
		names = append(names, span.Name())
	}
	if want := []string{"process_item_logic", "GET /process/{item_id}"}; !slices.Equal(names, want) {
		t.Errorf("got spans %q, want %q and nothing of the health check", names, want)
	}
}
