package probe

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/otlptest"
)

// TestRootWaitsForServerSpan checks that Root waits for a server span that arrives after its
// child. The server span ends later, and may be in the next export.
func TestRootWaitsForServerSpan(t *testing.T) {
	collector := otlptest.Start(t)
	traceID, serverID := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 8)
	export(t, collector, &tracepb.Span{TraceId: traceID, SpanId: bytes.Repeat([]byte{3}, 8), ParentSpanId: serverID, Name: "process_item_logic", Attributes: []*commonpb.KeyValue{
		{Key: "item.id", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "1"}}},
	}})
	exported := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() {
		defer close(exported)
		export(t, collector, &tracepb.Span{TraceId: traceID, SpanId: serverID, Name: "GET", Kind: tracepb.Span_SPAN_KIND_SERVER})
	})
	p := New(t.Context(), new(Declared), Services{Own: func() (*service.Instance, error) { return &service.Instance{Collector: collector}, nil }})
	found := p.Judge(func(p *Probe) { p.Root("1") })
	<-exported
	if len(found.Problems) > 0 || found.Err != nil {
		t.Errorf("got the problems %v and the error %v, want none", found.Problems, found.Err)
	}
}

// export sends the span to the collector.
func export(t *testing.T, collector *otlptest.Server, span *tracepb.Span) {
	t.Helper()
	body, err := proto.Marshal(&collectortrace.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span}}}}}})
	if err != nil {
		t.Error(err)
		return
	}
	request := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/x-protobuf")
	response := httptest.NewRecorder()
	collector.ServeHTTP(response, request)
	if response.Code != http.StatusOK {
		t.Errorf("got status %d of the export, want 200", response.Code)
	}
}
