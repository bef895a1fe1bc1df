package httpservertest

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Expect checks that span has the attributes want. A nil value means that the span must
// not have the attribute.
func Expect(t testing.TB, span sdktrace.ReadOnlySpan, want map[string]any) {
	t.Helper()
	for key, value := range want {
		if got := Attribute(span, attribute.Key(key)); got != value {
			t.Errorf("%s of %q: got %v, want %v", key, span.Name(), got, value)
		}
	}
}

// ExpectOnePoint checks that there is one measured request and that it has the given
// status, where 0 means no status. No request may be in progress.
func (r *Recorder) ExpectOnePoint(status int) {
	r.t.Helper()
	points := r.Points("http.server.request.duration")
	if len(points) != 1 || points[0].Count != 1 {
		r.t.Errorf("got duration points %v, want 1 of 1 request", points)
	} else if got, _ := points[0].Attributes["http.response.status_code"].(int64); got != int64(status) {
		r.t.Errorf("status of the duration point: got %d, want %d", got, status)
	}
	for _, point := range r.Points("http.server.active_requests") {
		if point.Sum != 0 {
			r.t.Errorf("active requests: got %v, want 0", point.Sum)
		}
	}
}

// ExpectGet checks the only span and the metrics of a GET request to the route. A status
// of 0 means that no status may be recorded. bodySize is the size of the response's body;
// it is not checked if it is nil. errorType is nil if there must be no error.
func (r *Recorder) ExpectGet(route string, status int, bodySize, errorType any) {
	r.t.Helper()
	span := r.Only()
	if span.Name() != "GET "+route {
		r.t.Errorf("name: got %q, want %q", span.Name(), "GET "+route)
	}
	want := map[string]any{
		"http.route":                route,
		"http.response.status_code": any(nil),
		"error.type":                errorType,
	}
	if status != 0 {
		want["http.response.status_code"] = int64(status)
	}
	if bodySize != nil {
		want["http.response.body.size"] = bodySize
	}
	Expect(r.t, span, want)
	code := codes.Unset
	if errorType != nil {
		code = codes.Error
	}
	if got := span.Status(); got.Code != code || got.Description != "" {
		r.t.Errorf("span status: got %v, want %v without description", got, code)
	}
	r.ExpectOnePoint(status)
}
