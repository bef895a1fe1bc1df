package httpservertest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
)

const (
	callerTraceID     = "0af7651916cd43dd8448eb211c80319c"
	callerTraceparent = "00-" + callerTraceID + "-b7ad6b7169203331-01"
)

// Child starts and ends a span named child in ctx, as a handler would. It returns the
// traceparent header that an outgoing request in that span has.
func (r *Recorder) Child(ctx context.Context) string {
	ctx, child := r.Tracer().Start(ctx, "child")
	defer child.End()
	carrier := propagation.MapCarrier{}
	r.Propagator().Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Get sends a GET request with the traceparent of a sampled caller, and returns the body of
// the response.
func Get(t testing.TB, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Traceparent", callerTraceparent)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d, %v", url, response.StatusCode, err)
	}
	return string(body)
}

// Call sends a GET request to a handler that responds with the result of
// [Recorder.Child], which is a traceparent. The test fails unless this traceparent is in the
// caller's trace and has the given sampled flag.
func Call(t testing.TB, url string, sampled bool) {
	t.Helper()
	flags := "-00"
	if sampled {
		flags = "-01"
	}
	if traceparent := Get(t, url); !strings.HasPrefix(traceparent, "00-"+callerTraceID) || !strings.HasSuffix(traceparent, flags) {
		t.Errorf("%s: got a call with traceparent %q, want the caller's trace with flags %s", url, traceparent, flags)
	}
}
