package httpserver_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestOutcomeDecidesStatusAndErrorType(t *testing.T) {
	tests := []struct {
		name      string
		method    string
		outcome   httpserver.Outcome
		status    any
		errorType any
		code      codes.Code
		size      any
	}{
		{name: "ok", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(3)}, status: int64(200), size: int64(3)},
		{name: "nothing written", outcome: httpserver.Outcome{ResponseSize: httpserver.Bytes(0)}, status: int64(200), size: int64(0)},
		{
			name: "error whose response is not visible", outcome: httpserver.Outcome{Status: httpserver.UnknownStatus, ErrorType: "*errors.errorString"},
			errorType: "*errors.errorString", code: codes.Error,
		},
		{name: "error whose response is visible", outcome: httpserver.Outcome{Status: 409, ErrorType: "*errors.errorString", ResponseSize: httpserver.Bytes(3)}, status: int64(409), size: int64(3)},
		{name: "unknown size", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(-1)}, status: int64(200)},
		{name: "size not set by the adapter", outcome: httpserver.Outcome{Status: 200}, status: int64(200)},
		{name: "no bytes", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(0)}, status: int64(200), size: int64(0)},
		{name: "client error", outcome: httpserver.Outcome{Status: 404, ResponseSize: httpserver.Bytes(3)}, status: int64(404), size: int64(3)},
		{
			name: "server error", outcome: httpserver.Outcome{Status: 503, ResponseSize: httpserver.Bytes(3)},
			status: int64(503), errorType: "503", code: codes.Error, size: int64(3),
		},
		{
			name: "status that no client understands", outcome: httpserver.Outcome{Status: 42, ResponseSize: httpserver.Bytes(3)},
			status: int64(42), errorType: "42", code: codes.Error, size: int64(3),
		},
		{name: "lowest status", outcome: httpserver.Outcome{Status: 100}, status: int64(100), size: int64(0)},
		{name: "HEAD", method: "HEAD", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(100)}, status: int64(200), size: int64(0)},
		{name: "not modified", outcome: httpserver.Outcome{Status: 304, ResponseSize: httpserver.Bytes(100)}, status: int64(304), size: int64(0)},
		{name: "no content", outcome: httpserver.Outcome{Status: 204, ResponseSize: httpserver.Bytes(100)}, status: int64(204), size: int64(0)},
		{
			// An outer middleware recovers the panic and responds, but its response is
			// not visible to the adapter.
			name: "panic", outcome: httpserver.Outcome{Panic: "boom"},
			errorType: "string", code: codes.Error,
		},
		{
			name: "panic after a part of the response", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(7), Panic: errors.New("boom")},
			status: int64(200), errorType: "*errors.errorString", code: codes.Error, size: int64(7),
		},
		{
			name: "abort", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(7), Panic: http.ErrAbortHandler},
			status: int64(200), errorType: "http.ErrAbortHandler", code: codes.Error, size: int64(7),
		},
		{
			name: "disconnected before the response", outcome: httpserver.Outcome{Aborted: httpserver.AbortedByClient, ResponseSize: httpserver.Bytes(0)},
			errorType: "client_disconnected", code: codes.Error, size: int64(0),
		},
		{
			name: "cut off by the server's deadline", outcome: httpserver.Outcome{Status: 200, Aborted: httpserver.AbortedByTimeout, ResponseSize: httpserver.Bytes(0)},
			status: int64(200), errorType: "timeout", code: codes.Error, size: int64(0),
		},
		{
			name: "cut off by the end of the server", outcome: httpserver.Outcome{Aborted: httpserver.AbortedByServer, ResponseSize: httpserver.Bytes(0)},
			errorType: "server_closed", code: codes.Error, size: int64(0),
		},
		{
			name: "server error written after the client disconnected", outcome: httpserver.Outcome{Status: 500, Aborted: httpserver.AbortedByClient, ResponseSize: httpserver.Bytes(0)},
			status: int64(500), errorType: "500", code: codes.Error, size: int64(0),
		},
		{name: "hijacked", outcome: httpserver.Outcome{Hijacked: true}, status: int64(101)},
		{
			name: "hijacked after the status, as for a tunnel", method: "CONNECT",
			outcome: httpserver.Outcome{Status: 200, Hijacked: true}, status: int64(200),
		},
		{name: "hijacked and closed by the client", outcome: httpserver.Outcome{Hijacked: true, Aborted: httpserver.AbortedByClient}, status: int64(101)},
		{
			name: "hijacked after a failure", outcome: httpserver.Outcome{Status: 503, Hijacked: true},
			status: int64(503), errorType: "503", code: codes.Error,
		},
		{
			// httputil.ReverseProxy panics with ErrAbortHandler when the client leaves. The
			// client is the cause, so error.type names it.
			name: "aborted because the client left", outcome: httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(7), Panic: http.ErrAbortHandler, Aborted: httpserver.AbortedByClient},
			status: int64(200), errorType: "client_disconnected", code: codes.Error, size: int64(7),
		},
		{
			name: "panic after the client left", outcome: httpserver.Outcome{Panic: "boom", Aborted: httpserver.AbortedByClient},
			errorType: "string", code: codes.Error,
		},
		{
			name: "panic, answered by a recovery in sight", outcome: httpserver.Outcome{Panic: "boom", Status: 418, ResponseSize: httpserver.Bytes(3)},
			status: int64(418), errorType: "string", code: codes.Error, size: int64(3),
		},
		{name: "response is not visible", outcome: httpserver.Outcome{Status: httpserver.UnknownStatus, ResponseSize: httpserver.Bytes(3)}},
		{
			name: "panic out of sight", outcome: httpserver.Outcome{Status: httpserver.UnknownStatus, Panic: "boom"},
			errorType: "string", code: codes.Error,
		},
		{
			name: "cut off in a failure", outcome: httpserver.Outcome{Status: 502, Aborted: httpserver.AbortedByTimeout, ResponseSize: httpserver.Bytes(3)},
			status: int64(502), errorType: "502", code: codes.Error, size: int64(3),
		},
		{
			name: "hijacked, then a panic", outcome: httpserver.Outcome{Hijacked: true, Panic: "boom"},
			status: int64(101), errorType: "string", code: codes.Error,
		},
		{name: "hijacked tunnel", method: "CONNECT", outcome: httpserver.Outcome{Hijacked: true}},
		{name: "hijacked after status 101", outcome: httpserver.Outcome{Status: 101, Hijacked: true}, status: int64(101)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := newRequest("/")
			if test.method != "" {
				req.Method = test.method
			}
			r := httpservertest.New(t, httpserver.Config{})
			_, x := instrument(t, r).Start(t.Context(), req)
			x.End(test.outcome)
			span := r.Only()
			for key, want := range map[string]any{"http.response.status_code": test.status, "error.type": test.errorType, "http.response.body.size": test.size} {
				for _, kv := range span.Attributes() {
					if string(kv.Key) == key && want == nil {
						t.Errorf("got %s=%v, want none", key, kv.Value.AsInterface())
					}
				}
				if want != nil && attributesOf(span)[attribute.Key(key)] != want {
					t.Errorf("got %s=%v, want %v", key, attributesOf(span)[attribute.Key(key)], want)
				}
			}
			if span.Status().Code != test.code || span.Status().Description != "" {
				t.Errorf("got status %v, want %v without description", span.Status(), test.code)
			}
			points := r.Points("http.server.request.duration")
			if len(points) != 1 || points[0].Count != 1 {
				t.Fatalf("got duration points %v, want one", points)
			}
			if got := points[0].Attributes["error.type"]; got != test.errorType {
				t.Errorf("got error.type %v on the metric, want %v", got, test.errorType)
			}
			if got := points[0].Attributes["http.response.status_code"]; got != test.status {
				t.Errorf("got status %v on the metric, want %v", got, test.status)
			}
			if active := r.Points("http.server.active_requests"); len(active) != 1 || active[0].Sum != 0 {
				t.Errorf("got active requests %v, want 0", active)
			}
		})
	}
}

// panickingValue is a value that panics when it is formatted.
type panickingValue struct{}

func (panickingValue) Error() string { panic("and again") }

func TestPanicIsRecordedAsException(t *testing.T) {
	for _, value := range []any{"boom", fmt.Errorf("wrapped: %w", errors.New("boom")), panickingValue{}} {
		t.Run(fmt.Sprintf("%T", value), func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			instrumentation := instrument(t, r)
			func() {
				defer func() {
					if got := recover(); got != value {
						t.Errorf("got panic %v, want the same value", got)
					}
				}()
				_, x := instrumentation.Start(t.Context(), newRequest("/"))
				defer func() {
					panicked := recover()
					x.End(httpserver.Outcome{Panic: panicked})
					panic(panicked)
				}()
				handlerThatPanics(value)
			}()
			events := r.Only().Events()
			if len(events) != 1 || events[0].Name != "exception" {
				t.Fatalf("got events %v, want one exception", events)
			}
			details := make(map[string]string)
			for _, kv := range events[0].Attributes {
				details[string(kv.Key)] = kv.Value.AsString()
			}
			if details["exception.type"] != fmt.Sprintf("%T", value) {
				t.Errorf("got exception.type %q", details["exception.type"])
			}
			if !strings.Contains(details["exception.stacktrace"], "handlerThatPanics") {
				t.Errorf("the stack does not show the handler:\n%s", details["exception.stacktrace"])
			}
			if details["exception.message"] == "" {
				t.Error("got no exception.message")
			}
		})
	}
}

func handlerThatPanics(value any) { panic(value) }

// TestConcurrentEndsRecordOnce proves that an exchange is recorded once if several goroutines
// call End.
func TestConcurrentEndsRecordOnce(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, x := instrument(t, r).Start(t.Context(), newRequest("/"))
	done := make(chan struct{})
	for range 8 {
		go func() {
			x.End(successOutcome())
			done <- struct{}{}
		}()
	}
	for range 8 {
		<-done
	}
	r.Only()
	if points := r.Points("http.server.request.duration"); len(points) != 1 || points[0].Count != 1 {
		t.Errorf("got points %v, want one measurement", points)
	}
	if active := r.Points("http.server.active_requests"); active[0].Sum != 0 {
		t.Errorf("got %v active requests, want 0", active[0].Sum)
	}
}
