package stdhttp

import (
	"net/http"
	"net/http/httptest"
	"testing"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
)

// BenchmarkExcluded compares two ways to match an excluded request with the rules: the engine
// reads only the path of the request ("unread"), or all fields ("plain").
func BenchmarkExcluded(b *testing.B) {
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider(), Exclude: []string{"healthz"},
	})
	if err != nil {
		b.Fatal(err)
	}
	instrumentation := httpserver.MustInstrument(engine, httpserver.Framework{Scope: "bench"})
	excludedRequest := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/healthz", http.NoBody)
	excludedRequest.Header.Set("User-Agent", "kube-probe/1.34")
	for name, read := range map[string]func(*http.Request) httpserver.Request{
		"unread": Request,
		"plain":  func(r *http.Request) httpserver.Request { return (*unreadRequest)(r).Read() },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request := read(excludedRequest)
				if _, exchange := instrumentation.Start(b.Context(), &request); exchange.Observed() {
					b.Fatal("the request is not excluded")
				}
			}
		})
	}
}
