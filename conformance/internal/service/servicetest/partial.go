package servicetest

import (
	"context"
	"net/http"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
)

// Partial is [Minimal] with one route each of the capabilities "disconnect" and
// "exclusion", as in a service that is not finished. GET /slow/{ms} is recorded and ends
// when its client disconnects. GET /healthz is not recorded.
func Partial(ctx context.Context, addr string, ready func()) error {
	return serveMinimal(ctx, addr, ready, exportSpans, func(mux *http.ServeMux, client collectortrace.TraceServiceClient) {
		mux.HandleFunc("GET /slow/{ms}", func(_ http.ResponseWriter, r *http.Request) {
			start := time.Now()
			<-r.Context().Done()
			exportSpans(r, start, client)
		})
		mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	})
}
