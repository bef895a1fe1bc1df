package otlptest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/conformance/otlptest"
)

// In this example, the function export takes the place of the program under test. A test
// would start the program with the server's Env.
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
		fmt.Println(err) // lists the telemetry that was received
		return
	}
	for _, span := range spans {
		fmt.Println(span.Name(), span.Kind(), span.Attr("http.route"))
	}
	// Output:
	// GET /process/:item_id server /process/:item_id
}

// This example tests a program that is started and stopped as in production. The program
// must be built before, by TestMain or a Makefile.
func ExampleStart() {
	t := &testing.T{} // use the test's own t

	collector := otlptest.Start(t)
	orders := exec.Command("./orders", "--addr", "127.0.0.1:18080")
	orders.Env = append(os.Environ(), collector.Env()...)
	if err := orders.Start(); err != nil {
		t.Fatal(err)
	}

	// Wait until the program accepts connections. Then send a request with a trace id that
	// the test chooses, and find the spans by that id.
	const trace = "0af7651916cd43dd8448eb211c80319c"
	request, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:18080/process/12345", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()

	spans, err := collector.WaitTrace(context.Background(), trace, 2)
	if err != nil {
		t.Fatal(err) // lists the telemetry that was received
	}
	for _, span := range spans {
		if span.Kind() == otlptest.KindServer && span.Attr("http.route") != "/process/:item_id" {
			t.Errorf("got the route %v", span.Attr("http.route"))
		}
	}

	// When the program has ended, no more spans can arrive.
	if err := errors.Join(orders.Process.Signal(syscall.SIGTERM), orders.Wait()); err != nil {
		t.Error(err)
	}
	if spans := collector.Spans(); len(spans) != 2 {
		t.Errorf("got %d spans, want 2:\n%v", len(spans), collector.Snapshot())
	}
}

// This example reads the received telemetry by signal: spans, metric points and log
// records.
func ExampleSnapshot() {
	collector, err := otlptest.NewServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = collector.Close() }()
	if err := errors.Join(export(collector.Addr(), "GET /a"), export(collector.Addr(), "GET /b")); err != nil {
		fmt.Println(err)
		return
	}

	received := collector.Take() // returns the telemetry and removes it from the server
	fmt.Println(len(received.Spans()), "spans,", len(received.SpansNamed("GET /a")), "of them GET /a,", len(received.Points("http.server.request.duration")), "points")
	fmt.Println(len(collector.Spans()), "spans since")
	// Output:
	// 2 spans, 1 of them GET /a, 0 points
	// 0 spans since
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

// export exports a server span with the name to the server at addr.
func export(addr, name string) error {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	sent := newSpan(name, 1, 1)
	sent.Kind = tracepb.Span_SPAN_KIND_SERVER
	sent.Attributes = append(sent.Attributes, stringAttribute("http.route", "/process/:item_id"))
	_, err = collectortrace.NewTraceServiceClient(conn).Export(context.Background(), traceRequest(sent))
	return err
}
