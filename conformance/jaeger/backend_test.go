package jaeger

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// configuration configures Jaeger as a single process with only OTLP receivers. It is a
// format string: the arguments are the addresses for OTLP over gRPC, for OTLP over HTTP,
// and for the query API over HTTP and gRPC.
const configuration = `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter]}
  telemetry:
    metrics: {level: none}
    logs: {level: warn}
extensions:
  jaeger_query:
    storage: {traces: memory}
    http: {endpoint: %[3]q}
    grpc: {endpoint: %[4]q}
  jaeger_storage:
    backends:
      memory: {memory: {max_traces: 1000}}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: %[1]q}
      http: {endpoint: %[2]q}
processors:
  batch: {timeout: 50ms}
exporters:
  jaeger_storage_exporter: {trace_storage: memory}
`

// backend is a running Jaeger.
type backend struct {
	// grpcAddr and httpAddr are the addresses of the OTLP receivers. queryAddr is the
	// address of the query API.
	grpcAddr, httpAddr, queryAddr string
}

// startBackend builds and starts Jaeger, and stops it when the test ends.
func startBackend(t *testing.T) *backend {
	t.Helper()
	binary, err := backendtest.Build(".", "github.com/jaegertracing/jaeger/cmd/jaeger", false)
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{grpcAddr: backendtest.FreeAddress(t), httpAddr: backendtest.FreeAddress(t), queryAddr: backendtest.FreeAddress(t)}
	file := filepath.Join(t.TempDir(), "jaeger.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, b.grpcAddr, b.httpAddr, b.queryAddr, backendtest.FreeAddress(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	backendtest.Start(t, "Jaeger", conformance.Command(binary, "--config", file), b.queryAddr)
	return b
}

// The parts of the query API's responses that the tests read.
type (
	jaegerSpan struct {
		SpanID        string
		OperationName string
		StartTime     int64 // microseconds
		References    []struct{ RefType, SpanID string }
		Tags          []struct {
			Key   string
			Value any
		}
		ProcessID string
		Warnings  []string
	}
	jaegerTrace struct {
		TraceID   string
		Spans     []jaegerSpan
		Processes map[string]struct{ ServiceName string }
		Warnings  []string
	}
	operation  struct{ Name, SpanKind string }
	dependency struct {
		Parent, Child string // names of services
		CallCount     int
	}
)

// tag returns the value of an attribute as text, or "".
func (s jaegerSpan) tag(key string) string {
	for _, tag := range s.Tags {
		if tag.Key == key {
			return fmt.Sprint(tag.Value)
		}
	}
	return ""
}

// parentID returns the id of the span's parent, or "" for a root span.
func (s jaegerSpan) parentID() string {
	for _, reference := range s.References {
		if reference.RefType == "CHILD_OF" {
			return reference.SpanID
		}
	}
	return ""
}

// get sends a request to the query API, and decodes the data of the response.
func get[T any](t *testing.T, b *backend, path string, parameters url.Values) (data T) {
	t.Helper()
	address := "http://" + b.queryAddr + path + "?" + parameters.Encode()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := struct {
		Data   T
		Errors []struct{ Msg string }
	}{}
	if err := json.Unmarshal(body, &answer); err != nil || response.StatusCode != http.StatusOK || len(answer.Errors) > 0 {
		t.Fatalf("GET %s: got status %d, %v and %s", address, response.StatusCode, err, body)
	}
	return answer.Data
}

// services returns the names of the services that Jaeger lists.
func (b *backend) services(t *testing.T) []string {
	t.Helper()
	return get[[]string](t, b, "/api/services", nil)
}

// operations returns the operations that Jaeger lists for a service.
func (b *backend) operations(t *testing.T, service string) []operation {
	t.Helper()
	return get[[]operation](t, b, "/api/operations", url.Values{"service": {service}})
}

// findTraces returns the traces with a span of the service that has the operation and the
// attributes. An empty operation or nil attributes match any span.
func (b *backend) findTraces(t *testing.T, service, operation string, attributes map[string]string) []jaegerTrace {
	t.Helper()
	parameters := url.Values{"service": {service}, "limit": {"1000"}}
	if operation != "" {
		parameters.Set("operation", operation)
	}
	if attributes != nil {
		text, err := json.Marshal(attributes)
		if err != nil {
			t.Fatal(err)
		}
		parameters.Set("tags", string(text))
	}
	return get[[]jaegerTrace](t, b, "/api/traces", parameters)
}

// tracesByID returns the traces with the id: one trace, if Jaeger has it.
func (b *backend) tracesByID(t *testing.T, id string) []jaegerTrace {
	t.Helper()
	return get[[]jaegerTrace](t, b, "/api/traces/"+id, nil)
}

// dependencies returns the edges of the service graph.
func (b *backend) dependencies(t *testing.T) []dependency {
	t.Helper()
	return get[[]dependency](t, b, "/api/dependencies", url.Values{
		"endTs":    {strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10)},
		"lookback": {strconv.FormatInt(time.Hour.Milliseconds(), 10)},
	})
}
