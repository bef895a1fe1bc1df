package otlptest_test

import (
	"context"
	"encoding/hex"
	"runtime"
	"strings"
	"testing"
	"time"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/samespan/samespan/conformance/otlptest"
)

// client exports telemetry with the generated gRPC clients of OTLP.
type client struct {
	traces  collectortrace.TraceServiceClient
	metrics collectormetrics.MetricsServiceClient
	logs    collectorlogs.LogsServiceClient
}

// dial returns a client for the server at addr. If creds is nil, the client does not use
// TLS.
func dial(t testing.TB, addr string, creds credentials.TransportCredentials) client {
	t.Helper()
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return client{
		traces:  collectortrace.NewTraceServiceClient(conn),
		metrics: collectormetrics.NewMetricsServiceClient(conn),
		logs:    collectorlogs.NewLogsServiceClient(conn),
	}
}

func (c client) sendSpans(ctx context.Context, spans ...*tracepb.Span) error {
	_, err := c.traces.Export(ctx, traceRequest(spans...))
	return err
}

func (c client) sendMetric(t testing.TB, metric *metricspb.Metric) {
	t.Helper()
	_, err := c.metrics.Export(t.Context(), &collectormetrics.ExportMetricsServiceRequest{
		ResourceMetrics: []*metricspb.ResourceMetrics{{
			Resource: newResource(),
			ScopeMetrics: []*metricspb.ScopeMetrics{{
				Scope: newScope(), SchemaUrl: "https://example.com/schema", Metrics: []*metricspb.Metric{metric},
			}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c client) sendLog(t testing.TB, record *logspb.LogRecord) {
	t.Helper()
	_, err := c.logs.Export(t.Context(), &collectorlogs.ExportLogsServiceRequest{
		ResourceLogs: []*logspb.ResourceLogs{{
			Resource:  newResource(),
			ScopeLogs: []*logspb.ScopeLogs{{Scope: newScope(), LogRecords: []*logspb.LogRecord{record}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func traceRequest(spans ...*tracepb.Span) *collectortrace.ExportTraceServiceRequest {
	return &collectortrace.ExportTraceServiceRequest{
		ResourceSpans: []*tracepb.ResourceSpans{{
			Resource:  newResource(),
			SchemaUrl: "https://example.com/resource",
			ScopeSpans: []*tracepb.ScopeSpans{{
				Scope: newScope(), SchemaUrl: "https://example.com/schema", Spans: spans,
			}},
		}},
	}
}

func newResource() *resourcepb.Resource {
	return &resourcepb.Resource{Attributes: []*commonpb.KeyValue{stringAttribute("service.name", "orders")}}
}

func newScope() *commonpb.InstrumentationScope {
	return &commonpb.InstrumentationScope{Name: "example.com/scope", Version: "1.2.3"}
}

// newSpan returns a span. The last byte of its trace id is trace, and the last byte of its
// span id is id. The other bytes of both ids are 0.
func newSpan(name string, trace, id byte) *tracepb.Span {
	return &tracepb.Span{
		Name:    name,
		TraceId: append(make([]byte, 15), trace),
		SpanId:  append(make([]byte, 7), id),
	}
}

// traceID returns, in hexadecimal, the trace id that newSpan gives a span for the argument
// trace.
func traceID(trace byte) string { return hex.EncodeToString(append(make([]byte, 15), trace)) }

func stringAttribute(key, value string) *commonpb.KeyValue { return keyValue(key, stringValue(value)) }

func keyValue(key string, value *commonpb.AnyValue) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: value}
}

func stringValue(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

func intValue(i int64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: i}}
}

func arrayValue(values ...*commonpb.AnyValue) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: values}}}
}

// checkGoroutines fails the test if goroutines of the server or of gRPC still exist when
// the test ends. Call it first: the check must run after all other cleanup functions.
func checkGoroutines(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		var stacks string
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
			buffer := make([]byte, 1<<20)
			stacks = string(buffer[:runtime.Stack(buffer, true)])
			if !strings.Contains(stacks, "google.golang.org/grpc") && !strings.Contains(stacks, "otlptest.(*forwarder)") {
				return
			}
		}
		t.Errorf("goroutines remain:\n%s", stacks)
	})
}

// shortContext returns a context that ends after 20 ms.
func shortContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

var _ otlptest.TB = testing.TB(nil)
