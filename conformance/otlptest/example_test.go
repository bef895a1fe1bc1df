package otlptest_test

import (
	"context"
	"fmt"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/conformance/otlptest"
)

// The program under test gets the server's Env; here, a plain client of the
// protocol takes its place.
func Example() {
	collector, err := otlptest.NewServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = collector.Close() }()

	if err := export(collector.Addr(), "GET /process/:item_id"); err != nil {
		fmt.Println(err)
		return
	}

	spans, err := collector.WaitSpans(context.Background(), 1)
	if err != nil {
		fmt.Println(err) // lists what was received instead
		return
	}
	for _, span := range spans {
		fmt.Println(span.Name(), span.Kind(), span.Attr("http.route"))
	}
	// Output:
	// GET /process/:item_id server /process/:item_id
}

func ExampleServer_SetResponse() {
	collector, err := otlptest.NewServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = collector.Close() }()

	collector.SetResponse(func(context.Context, otlptest.Signal) error {
		return status.Error(codes.Unavailable, "try again")
	})
	fmt.Println(export(collector.Addr(), "lost"))
	fmt.Println(len(collector.Requests()), "request,", len(collector.Spans()), "spans kept")
	// Output:
	// rpc error: code = Unavailable desc = try again
	// 1 request, 0 spans kept
}

func export(addr, name string) error {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	sent := span(name, 1, 1)
	sent.Kind = tracepb.Span_SPAN_KIND_SERVER
	sent.Attributes = append(sent.Attributes, text("http.route", "/process/:item_id"))
	_, err = collectortrace.NewTraceServiceClient(conn).Export(context.Background(), traceRequest(sent))
	return err
}
