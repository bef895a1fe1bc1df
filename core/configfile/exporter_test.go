package configfile_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/conformance/otlptest"
)

// TestOTLPHTTPEndpointIsUsedUnchanged proves that a file can select OTLP/HTTP, and that
// its endpoint is used unchanged, without an appended path.
func TestOTLPHTTPEndpointIsUsedUnchanged(t *testing.T) {
	clearEnvironment(t)
	var mu sync.Mutex
	requests := make(map[string]http.Header)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests[r.URL.String()] = r.Header.Clone()
	}))
	defer server.Close()
	t.Setenv("COLLECTOR", server.URL)
	tel, _ := setup(t, writeFile(t, `
file_format: "1.0"
propagator: {composite_list: tracecontext}
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: ${COLLECTOR}/otlp/traces?tenant=a
            compression: gzip
            headers_list: key=of-the-list,other=b
            headers: [{name: Key, value: "c d"}]
meter_provider: {readers: [{periodic: {exporter: {otlp_http: {endpoint: "${COLLECTOR}/v1/metrics"}}}}]}
logger_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: "${COLLECTOR}/v1/logs"}}}}]}
`))
	emitItems(tel, 1)
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	mustShutdown(t, tel)
	mu.Lock()
	defer mu.Unlock()
	if len(requests) != 3 || requests["/v1/metrics"] == nil || requests["/v1/logs"] == nil {
		t.Errorf("got requests %v", requests)
	}
	if h := requests["/otlp/traces?tenant=a"]; h.Get("Key") != "c d" || h.Get("Other") != "b" ||
		h.Get("Content-Encoding") != "gzip" || h.Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("got headers %v", h)
	}
}

// TestExportTrustsCertificateOfFile proves that exports trust the CA certificate that the
// file names.
func TestExportTrustsCertificateOfFile(t *testing.T) {
	clearEnvironment(t)
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	collector := otlptest.Start(t, otlptest.WithTLS(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	authority := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(authority, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("COLLECTOR", collector.Addr()) // an address without a scheme means TLS
	t.Setenv("AUTHORITY", authority)
	tel, _ := setup(t, writeFile(t, `
file_format: "1.0"
propagator: {composite_list: tracecontext}
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_grpc:
            endpoint: ${COLLECTOR}
            tls:
              ca_file: ${AUTHORITY}
`))
	emitItems(tel, 1)
	mustShutdown(t, tel)
	if spans := collector.Spans(); len(spans) != 1 {
		t.Errorf("got %v, want one span", spans)
	}
}

// TestFileSetsTemporalityAndHistograms proves that the file, and not the variables,
// determines the temporality, the kind of histograms and the exemplars of metrics.
func TestFileSetsTemporalityAndHistograms(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram")
	const all = "dropped,observed,renamed,sizes,things"
	for _, test := range []struct {
		// exporter, reader and provider are additional settings in these parts of
		// the file.
		name, exporter, reader, provider string
		// These are the expected properties of the received data points.
		counterDelta, observableDelta, exponential, exemplars bool
		series                                                int
		names                                                 string
	}{
		{name: "defaults", series: 3, names: all},
		{name: "delta", exporter: "temporality_preference: delta", counterDelta: true, observableDelta: true, series: 3, names: all},
		{name: "low memory", exporter: "temporality_preference: low_memory", counterDelta: true, series: 3, names: all},
		{name: "exponential", exporter: "default_histogram_aggregation: base2_exponential_bucket_histogram", exponential: true, series: 3, names: all},
		{name: "all exemplars", provider: "exemplar_filter: always_on", exemplars: true, series: 3, names: all},
		{name: "views", provider: `views: [{selector: {instrument_name: "drop*"}, stream: {aggregation: {drop: }}},
      {selector: {instrument_name: renamed, meter_name: test}, stream: {name: new, description: of the file}},
      {selector: {instrument_type: histogram}, stream: {aggregation: {base2_exponential_bucket_histogram: }}},
      {selector: {instrument_name: things}, stream: {attribute_keys: {included: ["*"], excluded: [n]}}}]`,
			exponential: true, series: 1, names: "new,observed,sizes,things"},
		{name: "cardinality", reader: "cardinality_limits: {default: 7, counter: 2}, ", series: 2, names: all},
	} {
		t.Run(test.name, func(t *testing.T) {
			collector := otlptest.Start(t)
			t.Setenv("COLLECTOR", collector.Endpoint())
			tel, _ := setup(t, writeFile(t, fmt.Sprintf(`
file_format: "1.0"
meter_provider:
  readers: [{periodic: {%s exporter: {otlp_grpc: {endpoint: "${COLLECTOR}", %s}}}}]
  %s
`, test.reader, test.exporter, test.provider)))
			meter := tel.MeterProvider().Meter("test")
			for _, name := range []string{"things", "dropped", "renamed"} {
				counter, err := meter.Int64Counter(name)
				if err != nil {
					t.Fatal(err)
				}
				for i := range 3 {
					counter.Add(t.Context(), 1, metric.WithAttributes(attribute.Int("n", i)))
				}
			}
			if _, err := meter.Int64ObservableCounter("observed", metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
				o.Observe(1)
				return nil
			})); err != nil {
				t.Fatal(err)
			}
			sizes, err := meter.Int64Histogram("sizes")
			if err != nil {
				t.Fatal(err)
			}
			sizes.Record(t.Context(), 7)
			mustShutdown(t, tel)

			var names []string
			for _, m := range collector.Metrics() {
				names = append(names, m.Name())
				if m.Name() == "sizes" && (m.Proto.GetExponentialHistogram() != nil) != test.exponential {
					t.Errorf("sizes: got %v, want exponential: %v", m.Proto, test.exponential)
				}
			}
			if got := strings.Join(slices.Sorted(slices.Values(names)), ","); got != test.names {
				t.Errorf("got metrics %s, want %s", got, test.names)
			}
			things, observed := collector.Points("things"), collector.Points("observed")
			if len(things) != test.series || len(observed) != 1 {
				t.Fatalf("got points %v and %v, want %d of things", things, observed, test.series)
			}
			if things[0].Delta != test.counterDelta || observed[0].Delta != test.observableDelta {
				t.Errorf("got deltas %v and %v, want %v and %v", things[0].Delta, observed[0].Delta, test.counterDelta, test.observableDelta)
			}
			if got := len(things[0].Exemplars) > 0; got != test.exemplars {
				t.Errorf("got exemplars: %v, want %v", got, test.exemplars)
			}
		})
	}
}
