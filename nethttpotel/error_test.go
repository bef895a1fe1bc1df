package nethttpotel_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

func TestSpanHasSentStatus(t *testing.T) {
	tests := []struct {
		name      string
		handler   http.HandlerFunc
		status    int64
		code      codes.Code
		errorType any
	}{
		{"implicit", func(http.ResponseWriter, *http.Request) {}, 200, codes.Unset, nil},
		{"implicit by a body", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, 200, codes.Unset, nil},
		{"client error", respondWith(http.StatusTeapot, ""), 418, codes.Unset, nil},
		{"server error", respondWith(http.StatusServiceUnavailable, "no"), 503, codes.Error, "503"},
		{"http.Error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) }, 502, codes.Error, "502"},
		{"twice", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			w.WriteHeader(http.StatusInternalServerError)
		}, 202, codes.Unset, nil},
		{"after a part of the response", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			http.Error(w, "no", http.StatusInternalServerError)
		}, 200, codes.Unset, nil},
		{"after early hints", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusGatewayTimeout)
		}, 504, codes.Error, "504"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, httpserver.Config{}, test.handler)
			if status, _ := s.get(t, "/"); int64(status) != test.status {
				t.Errorf("got status %d on the wire, want %d", status, test.status)
			}
			span := s.Only()
			if got := httpservertest.Attribute(span, "http.response.status_code"); got != test.status {
				t.Errorf("got status %v on the span, want %d", got, test.status)
			}
			if got := httpservertest.Attribute(span, "error.type"); got != test.errorType {
				t.Errorf("got error.type %v, want %v", got, test.errorType)
			}
			if span.Status().Code != test.code || span.Status().Description != "" {
				t.Errorf("got span status %v, want %v", span.Status(), test.code)
			}
			if point := s.checkOnePoint(t); point.Attributes["error.type"] != test.errorType {
				t.Errorf("got error.type %v on the metric, want %v", point.Attributes["error.type"], test.errorType)
			}
		})
	}
}

// recoverMiddleware recovers panics of next, as the middlewares of frameworks do. It sends
// the value of a panic to recovered and responds with 500.
func recoverMiddleware(next http.Handler, recovered chan<- any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if value := recover(); value != nil {
				recovered <- value
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// errBoom is the value with which handlers of tests panic.
var errBoom any = errors.New("boom")

// panicInHandler panics. Its name must be in the stack trace of the exception.
func panicInHandler() { panic(errBoom) }

// checkException checks that span has one event, the exception of panicInHandler.
func checkException(t *testing.T, span sdktrace.ReadOnlySpan) {
	t.Helper()
	events := span.Events()
	if len(events) != 1 || events[0].Name != "exception" {
		t.Fatalf("got events %v, want one exception", events)
	}
	for _, kv := range events[0].Attributes {
		if kv.Key == "exception.stacktrace" && !strings.Contains(kv.Value.AsString(), "panicInHandler") {
			t.Errorf("the stack does not show the handler:\n%s", kv.Value.AsString())
		}
	}
}

func TestPanicIsRecorded(t *testing.T) {
	writeHalf := func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "half")
	}
	tests := []struct {
		name  string
		write func(http.ResponseWriter)
		wrap  func(instrument func(http.Handler) http.Handler, mux http.Handler, recovered chan<- any) http.Handler
		// spanStatus is nil if our middleware cannot observe the response. sentStatus is the
		// status that the client receives.
		spanStatus     any
		errorType      any
		sentStatus     int
		wantsRecovered bool
	}{
		{"recovery outside", nil, func(instrument func(http.Handler) http.Handler, mux http.Handler, recovered chan<- any) http.Handler {
			return recoverMiddleware(instrument(mux), recovered)
		}, nil, "*errors.errorString", 500, true},
		{"recovery inside", nil, func(instrument func(http.Handler) http.Handler, mux http.Handler, recovered chan<- any) http.Handler {
			return instrument(recoverMiddleware(mux, recovered))
		}, int64(500), "500", 500, true},
		{"recovered by the server alone", nil, func(instrument func(http.Handler) http.Handler, mux http.Handler, _ chan<- any) http.Handler {
			return instrument(mux)
		}, nil, "*errors.errorString", 0, false},
		{"after a part of the response", writeHalf, func(instrument func(http.Handler) http.Handler, mux http.Handler, recovered chan<- any) http.Handler {
			return recoverMiddleware(instrument(mux), recovered)
		}, int64(202), "*errors.errorString", 202, true},
		{"two middlewares", nil, func(instrument func(http.Handler) http.Handler, mux http.Handler, recovered chan<- any) http.Handler {
			return recoverMiddleware(instrument(instrument(mux)), recovered)
		}, nil, "*errors.errorString", 500, true},
		{"recovery between two middlewares", nil, func(instrument func(http.Handler) http.Handler, mux http.Handler, recovered chan<- any) http.Handler {
			return instrument(recoverMiddleware(instrument(mux), recovered))
		}, int64(500), "*errors.errorString", 500, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /panic/{id}", func(w http.ResponseWriter, _ *http.Request) {
				if test.write != nil {
					test.write(w)
				}
				panicInHandler()
			})
			recovered := make(chan any, 1)
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
				return test.wrap(instrument, mux, recovered)
			})
			if status, _ := s.get(t, "/panic/1"); status != test.sentStatus {
				t.Errorf("got status %d on the wire, want %d", status, test.sentStatus)
			}
			span := s.Only()
			if span.Name() != "GET /panic/{id}" {
				t.Errorf("got name %q, want the route kept", span.Name())
			}
			if got := httpservertest.Attribute(span, "http.response.status_code"); got != test.spanStatus {
				t.Errorf("got status %v, want %v", got, test.spanStatus)
			}
			if got := httpservertest.Attribute(span, "error.type"); got != test.errorType || span.Status().Code != codes.Error {
				t.Errorf("got error.type %v and status %v, want %v and Error", got, span.Status(), test.errorType)
			}
			if test.errorType != "500" {
				checkException(t, span)
			}
			if test.wantsRecovered {
				if value := await(t, recovered, "the recovery"); value != errBoom {
					t.Errorf("the recovery caught %v, want the value of the panic", value)
				}
			}
			s.checkOnePoint(t)
		})
	}
}

func TestPanicIsLoggedOnceByTheServer(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { panicInHandler() })
	s := serve(t, httpserver.Config{}, mux)
	s.get(t, "/")
	s.Only()
	s.server.Close()
	if got := s.log.String(); strings.Count(got, "panic serving") != 1 || !strings.Contains(got, "panicInHandler") {
		t.Errorf("got %q in the server's log, want the panic once with its stack", got)
	}
}

func TestErrAbortHandlerIsErrorWithoutEvent(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /abort", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		panic(http.ErrAbortHandler)
	})
	s := serve(t, httpserver.Config{}, mux)
	s.get(t, "/abort")
	span := s.Only()
	if len(span.Events()) != 0 || span.Status().Code != codes.Error || httpservertest.Attribute(span, "error.type") != "http.ErrAbortHandler" {
		t.Errorf("got events %v, status %v, error.type %v; want none, Error, http.ErrAbortHandler",
			span.Events(), span.Status(), httpservertest.Attribute(span, "error.type"))
	}
	s.checkOnePoint(t)
	s.server.Close()
	if got := s.log.String(); got != "" {
		t.Errorf("got %q in the server's log, want nothing: an abort is on purpose", got)
	}
}

func TestGoexitEndsTheSpan(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		nethttpotel.Middleware(r)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			exitGoroutine()
		})).ServeHTTP(discardWriter{}, newRequest("/"))
	}()
	await(t, done, "the handler's goroutine")
	if span := r.Only(); len(span.Events()) != 0 {
		t.Errorf("got events %v from a goroutine that ended without a panic", span.Events())
	}
}

func TestPanickingHooksDoNotAffectResponse(t *testing.T) {
	panicInHook := func(hook string) { panic(fmt.Sprintf("%s hook", hook)) }
	s := serve(t, httpserver.Config{}, respondWith(http.StatusCreated, "made"), allHooks(panicInHook)...)
	for range 3 {
		if status, body := s.get(t, "/"); status != http.StatusCreated || body != "made" {
			t.Errorf("got %d %q, want 201 made", status, body)
		}
	}
	for _, span := range s.Ended() {
		if span.Name() != "GET" || httpservertest.Attribute(span, "http.response.status_code") != int64(201) {
			t.Errorf("got %q with %v, want the default", span.Name(), span.Attributes())
		}
	}
}

func TestAbortedResponseIsError(t *testing.T) {
	httpservertest.CheckUnanswered(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}

func TestTruncatedResponseIsError(t *testing.T) {
	httpservertest.CheckTruncated(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}

// TestHTTP2StreamReset proves that a response is recorded as cut off if the client resets its
// HTTP/2 stream, but not if the application only cancels its BaseContext.
func TestHTTP2StreamReset(t *testing.T) {
	httpservertest.CheckReset(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}

// TestSentHeadersAreCaptured proves that the span has the response headers that were sent, and
// not headers that a handler sets too late.
func TestSentHeadersAreCaptured(t *testing.T) {
	httpservertest.CheckSentHeader(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}

func TestTraceResponseRefersToOwnSpan(t *testing.T) {
	httpservertest.CheckTraceResponse(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}

// TestHijackWithoutUpgradeHasNoStatus proves that a connection that a handler takes over is
// not recorded as an upgrade if the client has not asked for one.
func TestHijackWithoutUpgradeHasNoStatus(t *testing.T) {
	httpservertest.CheckHijackedWithoutUpgrade(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}

// TestDeadlinesCanBeSetConcurrently proves that a goroutine can set deadlines while the
// handler writes.
func TestDeadlinesCanBeSetConcurrently(t *testing.T) {
	httpservertest.CheckConcurrentDeadlines(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}
