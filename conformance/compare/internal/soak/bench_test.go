package soak

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// BenchmarkRequestWithFault measures how much a faulty collector slows down requests. It
// sends requests to three processes of one service: one with a working collector, one
// with a collector that never responds, and one whose collector refuses connections. An
// operation is one request to each process, so that other load on the machine affects all
// three processes. The queues are full when the measurement begins.
//
// The metrics are the median and the 99th percentile with the working collector, in
// microseconds, and, for each faulty collector, the ratios of its median and percentile to
// these. Use -benchtime 5000x for meaningful 99th percentiles.
func BenchmarkRequestWithFault(b *testing.B) {
	for _, each := range subject.Chain {
		b.Run(each.Name, func(b *testing.B) {
			hole, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = hole.Close() })
			nobody, err := conformance.FreeAddress()
			if err != nil {
				b.Fatal(err)
			}
			services := []*timedService{
				newTimedService(b, each.Name),
				newTimedService(b, each.Name, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+hole.Addr().String()),
				newTimedService(b, each.Name, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+nobody),
			}
			// Fill the queues first. Each request has two spans, so 2048 requests have twice
			// as many spans as a queue can have.
			const before = 2048
			for _, service := range services {
				for range before {
					service.send(b)
				}
				service.durations = service.durations[:0]
			}
			turn := 0
			for b.Loop() {
				for i := range services {
					services[(turn+i)%len(services)].send(b)
				}
				turn++
			}
			healthy := services[0]
			b.ReportMetric(microseconds(healthy.percentile(50)), "good-p50-µs")
			b.ReportMetric(microseconds(healthy.percentile(99)), "good-p99-µs")
			for i, name := range []string{"hole", "refused"} {
				faulty := services[i+1]
				b.ReportMetric(ratio(faulty.percentile(50), healthy.percentile(50)), name+"/good-p50")
				b.ReportMetric(ratio(faulty.percentile(99), healthy.percentile(99)), name+"/good-p99")
			}
		})
	}
}

// timedService is a service whose requests are timed.
type timedService struct {
	client    client
	request   *http.Request
	durations []time.Duration
}

// newTimedService starts a service whose exports are configured by the variables in env.
func newTimedService(b *testing.B, name string, env ...string) *timedService {
	b.Helper()
	s := startService(b, name, append([]string{"OTEL_METRIC_EXPORT_INTERVAL=5000", "OTEL_GO_SHUTDOWN_TIMEOUT=500"}, env...)...)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.addr+"/process/1", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	return &timedService{client: client{addr: s.addr}, request: request}
}

// send sends the request and records the time until the response.
func (t *timedService) send(b *testing.B) {
	b.Helper()
	began := time.Now()
	a, err := t.client.do(b.Context(), t.request)
	if err != nil || a.status != http.StatusOK {
		b.Fatalf("got status %d, %v; want 200", a.status, err)
	}
	t.durations = append(t.durations, time.Since(began))
}

func (t *timedService) percentile(p int) time.Duration {
	slices.Sort(t.durations)
	return t.durations[(len(t.durations)-1)*p/100]
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
