package fibertest

import (
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/internal/httpservertest"
)

// These are the names of the metrics that the tests check.
const (
	Duration = "http.server.request.duration"
	Active   = "http.server.active_requests"
)

// Caller is the traceparent header of a caller whose span is sampled. CallerTrace is the
// trace id in it.
const (
	Caller      = "00-" + CallerTrace + "-b7ad6b7169203331-01"
	CallerTrace = "0af7651916cd43dd8448eb211c80319c"
)

// reportedErrors collects the errors that OpenTelemetry's error handler receives.
var reportedErrors struct {
	mu    sync.Mutex
	lines []string // the messages
}

// KeepReported makes OpenTelemetry's error handler store each error for [TakeReported].
func KeepReported() {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		reportedErrors.mu.Lock()
		defer reportedErrors.mu.Unlock()
		reportedErrors.lines = append(reportedErrors.lines, err.Error())
	}))
}

// TakeReported returns the errors that were reported since the last call of TakeReported.
func TakeReported() []string {
	reportedErrors.mu.Lock()
	defer reportedErrors.mu.Unlock()
	lines := reportedErrors.lines
	reportedErrors.lines = nil
	return lines
}

// Attr returns the value of a span's attribute, or nil if the span does not have it.
func Attr(span sdktrace.ReadOnlySpan, key string) any {
	return httpservertest.Attribute(span, attribute.Key(key))
}

// CheckOnce checks that the metrics count exactly one request, and that no request is in
// progress.
func CheckOnce(t testing.TB, r *httpservertest.Recorder) {
	t.Helper()
	var count uint64
	for _, point := range r.Points(Duration) {
		count += point.Count
	}
	if count != 1 {
		t.Errorf("got %d durations, want 1", count)
	}
	for _, point := range r.Points(Active) {
		if point.Sum != 0 {
			t.Errorf("got %v active requests after the last one, want 0", point.Sum)
		}
	}
}

// CheckRoute checks the name, the route and the status of the only span, and the route of
// the only request in the metrics. If route is "", there must be no route. If status is 0,
// the span must have no status.
func CheckRoute(t testing.TB, r *httpservertest.Recorder, method, route string, status int) {
	t.Helper()
	name, wantRoute, wantStatus := method, any(nil), any(nil)
	if status != 0 {
		wantStatus = int64(status)
	}
	if route != "" {
		name, wantRoute = method+" "+route, route
	}
	span := r.Only()
	if span.Name() != name {
		t.Errorf("got name %q, want %q", span.Name(), name)
	}
	if got := Attr(span, "http.route"); got != wantRoute {
		t.Errorf("got http.route %v, want %v", got, wantRoute)
	}
	if got := Attr(span, "http.response.status_code"); got != wantStatus {
		t.Errorf("got http.response.status_code %v, want %v", got, wantStatus)
	}
	CheckOnce(t, r)
	for _, point := range r.Points(Duration) {
		if got := point.Attributes[attribute.Key("http.route")]; got != wantRoute {
			t.Errorf("got http.route %v on the metric, want %v", got, wantRoute)
		}
	}
}

// CheckPanic checks error.type and the number of exception events of a span. The stack trace
// of each event must contain handler, the name of a function.
func CheckPanic(t testing.TB, span sdktrace.ReadOnlySpan, errorType string, events int, handler string) {
	t.Helper()
	if span.Status().Code != codes.Error {
		t.Errorf("got status %v, want Error", span.Status())
	}
	if got := Attr(span, "error.type"); got != errorType {
		t.Errorf("got error.type %v, want %s", got, errorType)
	}
	if len(span.Events()) != events {
		t.Fatalf("got %d events, want %d", len(span.Events()), events)
	}
	for _, event := range span.Events() {
		for _, kv := range event.Attributes {
			if kv.Key == "exception.stacktrace" && !strings.Contains(kv.Value.AsString(), handler) {
				t.Errorf("the stack does not show the handler:\n%s", kv.Value.AsString())
			}
		}
	}
}
