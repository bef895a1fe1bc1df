package prometheus_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/prometheus"
	"github.com/samespan/samespan/nethttpotel"
)

// TestEndpointServesMetrics proves that an Endpoint serves the metrics on the service's
// own server, with exemplars of requests, and that scrapes can be excluded.
func TestEndpointServesMetrics(t *testing.T) {
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	metrics, err := prometheus.New()
	if err != nil {
		t.Fatal(err)
	}
	tel, err := core.Setup(t.Context(), core.WithServiceName("orders"), core.WithMetricReader(metrics), core.WithExclude("healthz", "metrics"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /orders/{id}", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(nethttpotel.Middleware(tel)(mux))
	defer server.Close()

	if status, _ := scrape(t, server.URL+"/orders/7"); status != http.StatusOK {
		t.Fatalf("got status %d, want 200", status)
	}
	for range 2 {
		if status, _ := scrape(t, server.URL+"/metrics"); status != http.StatusOK {
			t.Fatalf("got status %d, want 200", status)
		}
	}
	_, text := scrape(t, server.URL+"/metrics")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	spans := collector.Spans()
	if len(spans) != 1 || spans[0].Name() != "GET /orders/{id}" {
		t.Fatalf("got the spans %v, want that of the order alone", spans)
	}
	checkLine(t, text, `http_server_request_duration_seconds_bucket{`)
	if strings.Contains(text, `http_route="/metrics"`) {
		t.Errorf("got scrapes among the requests:\n%s", text)
	}
	_, exemplar, _ := strings.Cut(text, " # {")
	exemplar, _, _ = strings.Cut(exemplar, "}")
	for _, label := range []string{`trace_id="` + spans[0].TraceID() + `"`, `span_id="` + spans[0].SpanID() + `"`} {
		if !strings.Contains(exemplar, label) {
			t.Errorf("got the exemplar %q, want it to have %s, in:\n%s", exemplar, label, text)
		}
	}
}

// TestUnusableMetricIsReported proves that a metric that Prometheus cannot represent is
// reported, and that the other metrics are served.
func TestUnusableMetricIsReported(t *testing.T) {
	port := freePort(t)
	t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", port)
	tel, log := setup(t, "prometheus")
	counter := countOne(t, tel, "orders.placed")
	counter.Add(t.Context(), 1, metric.WithAttributes(attribute.String("tenant", "a\xffb")))
	status, text := scrape(t, "http://localhost:"+port+"/metrics")
	if status != http.StatusOK {
		t.Errorf("got status %d, want 200", status)
	}
	checkLine(t, text, `orders_placed_total{otel_scope_name="orders"`)
	eventually(t, "the metric is reported", func() bool { return strings.Contains(log.String(), "tenant") })
}

// TestTooManyScrapesGetStatus503 proves that scrapes over the limit get status 503, and
// that the other scrapes succeed.
func TestTooManyScrapesGetStatus503(t *testing.T) {
	metrics, err := prometheus.New()
	if err != nil {
		t.Fatal(err)
	}
	tel, _ := setup(t, "none", core.WithMetricReader(metrics))
	release := make(chan struct{})
	if _, err := tel.MeterProvider().Meter("orders").Int64ObservableGauge("orders.open",
		metric.WithInt64Callback(func(context.Context, metric.Int64Observer) error {
			<-release
			return nil
		})); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(metrics)
	defer server.Close()
	statuses := make(chan int, 2*prometheus.MaxScrapes)
	for range cap(statuses) {
		go func() {
			status, _, err := tryScrape(server.URL)
			if err != nil {
				t.Error(err)
			}
			statuses <- status
		}()
	}
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		for range prometheus.MaxScrapes {
			if status := <-statuses; status != want {
				t.Errorf("got status %d, want %d", status, want)
			}
		}
		if want == http.StatusServiceUnavailable {
			close(release)
		}
	}
}

func TestNilOptionIsRefused(t *testing.T) {
	if _, err := prometheus.New(nil); err == nil || !strings.Contains(err.Error(), "option 1 is nil") {
		t.Errorf("got %v, want that the option is nil", err)
	}
}
