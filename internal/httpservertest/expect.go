package httpservertest

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Expect checks attributes of a span; nil means that the attribute must be
// absent.
func Expect(t testing.TB, span sdktrace.ReadOnlySpan, want map[string]any) {
	t.Helper()
	for key, value := range want {
		if got := Attribute(span, attribute.Key(key)); got != value {
			t.Errorf("%s of %q: got %v, want %v", key, span.Name(), got, value)
		}
	}
}

// ExpectOnePoint checks that one request was measured once, with the status (0
// for none), and that none is in progress.
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

// ExpectGet checks the only span and the metrics of a GET request to the route.
// status is 0 for none, body is the size of the response or nil for any, and
// errorType is nil if there was no error.
func (r *Recorder) ExpectGet(route string, status int, body, errorType any) {
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
	if body != nil {
		want["http.response.body.size"] = body
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
