package stdhttp

import (
	"net/http"
	"net/http/httptest"
	"testing"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
)

// BenchmarkExcluded compares an excluded request of which only the path is read
// with one that is read as a whole first ("plain").
func BenchmarkExcluded(b *testing.B) {
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider(), Exclude: []string{"healthz"},
	})
	if err != nil {
		b.Fatal(err)
	}
	in := httpserver.MustInstrument(engine, httpserver.Framework{Scope: "bench"})
	received := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/healthz", http.NoBody)
	received.Header.Set("User-Agent", "kube-probe/1.34")
	for name, read := range map[string]func(*http.Request) httpserver.Request{
		"unread": Request,
		"plain":  func(r *http.Request) httpserver.Request { return (*unread)(r).Read() },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request := read(received)
				if _, exchange := in.Start(b.Context(), &request); exchange.Observed() {
					b.Fatal("the request is not excluded")
				}
			}
		})
	}
}
