package prometheus

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/samespan/samespan/core"
	_ "github.com/samespan/samespan/core/prometheus"
	_ "github.com/samespan/samespan/core/runtimemetrics"
	"github.com/samespan/samespan/nethttpotel"
)

// journalVariable is the environment variable that makes the test binary run as the
// journal: a service that logs a record for each request, which the reference services do
// not.
const journalVariable = "PROMETHEUS_AS_JOURNAL"

// runJournal is the journal's program.
func runJournal() error {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithActiveRequests(), core.WithBodySizes())
	if err != nil {
		return err
	}
	logger := slog.New(tel.LogHandler("journal", slog.NewTextHandler(io.Discard, nil)))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "processed", "item", r.PathValue("item_id"))
		_, _ = io.WriteString(w, "ok")
	})
	return tel.Serve(ctx, &http.Server{Addr: os.Getenv("SAMESPAN_ADDR"), Handler: nethttpotel.Middleware(tel)(mux)})
}
