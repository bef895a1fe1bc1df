package otlptest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestForwardSendsAllSignals(t *testing.T) {
	checkGoroutines(t)
	endpoint := otlptest.Start(t)
	server := otlptest.Start(t, otlptest.WithForward(endpoint.Addr(), map[string]string{"x-tenant": "a"}))
	c := dial(t, server.Addr(), nil)
	if err := c.sendSpans(t.Context(), newSpan("a", 1, 1)); err != nil {
		t.Fatal(err)
	}
	c.sendMetric(t, &metricspb.Metric{Name: "m"})
	c.sendLog(t, &logspb.LogRecord{})
	err := endpoint.Wait(t.Context(), func(s otlptest.Snapshot) bool {
		return len(s.Spans()) == 1 && len(s.Metrics()) == 1 && len(s.Logs()) == 1
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := endpoint.Requests()[0].Header["x-tenant"]; !slices.Equal(got, []string{"a"}) {
		t.Errorf("got header %q, want it forwarded with the requests", got)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if sent, failed := server.Forwarded(); sent != 3 || failed != 0 {
		t.Errorf("Forwarded() = %d, %d, want 3, 0", sent, failed)
	}
}

func TestForwardOverHTTPCountsFailures(t *testing.T) {
	checkGoroutines(t)
	seen := make(chan string, 2)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) == 0 || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("X-Tenant") != "a" {
			t.Errorf("got %d bytes with headers %v, want a protobuf body and the header set", len(body), r.Header)
		}
		if r.URL.Path == "/base/v1/metrics" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		seen <- r.URL.Path
	})
	next := httptest.NewServer(handler)
	t.Cleanup(next.Close)
	server := otlptest.Start(t,
		otlptest.WithForward(next.URL+"/base", map[string]string{"X-Tenant": "a"}),
		otlptest.WithForwardProtocol("http/protobuf"),
	)
	c := dial(t, server.Addr(), nil)
	if err := c.sendSpans(t.Context(), newSpan("a", 1, 1)); err != nil {
		t.Fatal(err)
	}
	c.sendMetric(t, &metricspb.Metric{Name: "m"})
	if first, second := <-seen, <-seen; first != "/base/v1/traces" || second != "/base/v1/metrics" {
		t.Errorf("got requests for %q and %q, want /base/v1/traces and /base/v1/metrics", first, second)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if sent, failed := server.Forwarded(); sent != 1 || failed != 1 {
		t.Errorf("Forwarded() = %d, %d, want 1, 1", sent, failed)
	}
}

// TestForwardFailureDoesNotAffectExport checks that an export succeeds even if the
// endpoint to which it is forwarded refuses connections.
func TestForwardFailureDoesNotAffectExport(t *testing.T) {
	checkGoroutines(t)
	closedServer := otlptest.Start(t)
	if err := closedServer.Close(); err != nil {
		t.Fatal(err)
	}
	server := otlptest.Start(t, otlptest.WithForward(closedServer.Endpoint(), nil))
	c := dial(t, server.Addr(), nil)
	if err := c.sendSpans(t.Context(), newSpan("a", 1, 1)); err != nil {
		t.Errorf("got %v, want the sender not to notice", err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if sent, failed := server.Forwarded(); sent != 0 || failed != 1 {
		t.Errorf("Forwarded() = %d, %d, want 0, 1", sent, failed)
	}
}
