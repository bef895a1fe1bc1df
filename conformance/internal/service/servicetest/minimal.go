package servicetest

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Minimal serves GET /process/{item_id} according to CONTRACT.md and exports two spans for
// each request. It has no other routes and no metrics.
func Minimal(ctx context.Context, addr string, ready func()) error {
	return serveMinimal(ctx, addr, ready, exportSpans, func(*http.ServeMux, collectortrace.TraceServiceClient) {})
}

// Late is like [Minimal], but does not wait for an export before it ends the response.
func Late(ctx context.Context, addr string, ready func()) error {
	return serveMinimal(ctx, addr, ready, exportLater, func(*http.ServeMux, collectortrace.TraceServiceClient) {})
}

// exporter exports the spans of a request, which began at start.
type exporter func(r *http.Request, start time.Time, client collectortrace.TraceServiceClient)

// serveMinimal serves the route of [Minimal] and the routes that registerMore adds. It calls
// export for the requests for the former.
func serveMinimal(ctx context.Context, addr string, ready func(), export exporter, registerMore func(*http.ServeMux, collectortrace.TraceServiceClient)) error {
	conn, err := grpc.NewClient(strings.TrimPrefix(os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	client := collectortrace.NewTraceServiceClient(conn)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"item_id":"` + r.PathValue("item_id") + `","status":"processed"}`))
		export(r, start, client)
	})
	registerMore(mux, client)
	return serve(ctx, addr, ready, mux)
}

// exportSpans exports the spans of a request.
func exportSpans(r *http.Request, start time.Time, client collectortrace.TraceServiceClient) {
	_, _ = client.Export(context.WithoutCancel(r.Context()), newExportRequest(r, start))
}

// exportLater exports the spans of a request, but does not wait for that.
func exportLater(r *http.Request, start time.Time, client collectortrace.TraceServiceClient) {
	request := newExportRequest(r, start)
	go func() { _, _ = client.Export(context.WithoutCancel(r.Context()), request) }()
}

// newExportRequest returns the export request with the server span of a request and its
// child.
func newExportRequest(r *http.Request, start time.Time) *collectortrace.ExportTraceServiceRequest {
	trace, parent := binary.BigEndian.AppendUint64(randomID(), rand.Uint64()), []byte(nil)
	if fields := strings.Split(r.Header.Get("Traceparent"), "-"); len(fields) == 4 {
		trace, _ = hex.DecodeString(fields[1])
		parent, _ = hex.DecodeString(fields[2])
	}
	span := func(name string, parent []byte, kind tracepb.Span_SpanKind, key, value string) *tracepb.Span {
		return &tracepb.Span{
			Name: name, TraceId: trace, SpanId: randomID(), ParentSpanId: parent, Kind: kind,
			StartTimeUnixNano: uint64(start.UnixNano()), EndTimeUnixNano: uint64(time.Now().UnixNano()),
			Attributes: []*commonpb.KeyValue{{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}},
		}
	}
	server := span("GET /process/{item_id}", parent, tracepb.Span_SPAN_KIND_SERVER, "http.route", "/process/{item_id}")
	if parent != nil {
		server.Flags = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	child := span("process_item_logic", server.GetSpanId(), tracepb.Span_SPAN_KIND_INTERNAL, "item.id", r.PathValue("item_id"))
	return &collectortrace.ExportTraceServiceRequest{
		ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{server, child}}}}},
	}
}

func randomID() []byte { return binary.BigEndian.AppendUint64(nil, rand.Uint64()|1) }
