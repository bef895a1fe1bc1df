package stdhttp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/internal/stdhttp"
)

// lateErrorApp is a framework that responds to errors after its middlewares. Every
// request fails.
type lateErrorApp struct {
	*httpserver.Instrumentation
	// derive, if not nil, returns a copy of the request with another context, which the
	// middleware receives, and a function to call after the middleware has returned.
	derive func(*http.Request) (*http.Request, func())
	// respond is the framework's error handler. It writes the response.
	respond func(w http.ResponseWriter, late *stdhttp.Late)
	// spanName is the hook for the span name, or nil.
	spanName func() string
}

func newLateErrorApp(rec *httpservertest.Recorder, respond func(http.ResponseWriter, *stdhttp.Late)) *lateErrorApp {
	return &lateErrorApp{
		Instrumentation: httpserver.MustInstrument(rec, httpserver.Framework{Name: "test", Scope: "test"}),
		respond:         respond,
	}
}

func (a *lateErrorApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	afterMiddleware := func() {}
	if a.derive != nil {
		r, afterMiddleware = a.derive(r)
	}
	request := stdhttp.Request(r)
	request.Route = "/late"
	_, exchange := a.Start(r.Context(), &request)
	writer, recorder := stdhttp.Record(w, r)
	late := stdhttp.EndLate(exchange, httpserver.Outcome{SpanName: a.spanName}, r, recorder)
	afterMiddleware()
	a.respond(writer, late)
}

// cancelAfterMiddleware is a function for lateErrorApp.derive. It makes the context of the
// request end when the middleware returns, before the response is written.
func cancelAfterMiddleware(r *http.Request) (*http.Request, func()) {
	ctx, cancel := context.WithCancel(r.Context())
	return r.WithContext(ctx), cancel
}

// detachContext is a function for lateErrorApp.derive. It makes the context of the request
// stay open after the end of the request.
func detachContext(r *http.Request) (*http.Request, func()) {
	return r.WithContext(context.WithoutCancel(r.Context())), func() {}
}

func write(w io.Writer, body string) { _, _ = io.WriteString(w, body) }

// fetch sends one request to app and returns the status.
func fetch(t *testing.T, app http.Handler) int {
	t.Helper()
	server := httptest.NewServer(app)
	defer server.Close()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// checkSpan checks the status and the size of the response that span has. Each is nil if span
// must not have it.
func checkSpan(t *testing.T, span sdktrace.ReadOnlySpan, status, size any) {
	t.Helper()
	if got := httpservertest.Attribute(span, "http.response.status_code"); got != status {
		t.Errorf("status: got %v, want %v", got, status)
	}
	if got := httpservertest.Attribute(span, "http.response.body.size"); got != size {
		t.Errorf("body size: got %v, want %v", got, size)
	}
}

func TestEndLateRecordsResponse(t *testing.T) {
	fail := func(w http.ResponseWriter, _ *stdhttp.Late) {
		w.WriteHeader(http.StatusBadGateway)
		write(w, "one")
		write(w, "two")
	}
	tests := []struct {
		name   string
		derive func(*http.Request) (*http.Request, func())
		answer func(http.ResponseWriter, *stdhttp.Late)
		status int
		// size is nil if the size of the body is not known when the exchange ends.
		size any
	}{
		{name: "status and body", answer: fail, status: 502, size: int64(6)},
		{name: "body alone", answer: func(w http.ResponseWriter, _ *stdhttp.Late) { write(w, "body") }, status: 200, size: int64(4)},
		{name: "status alone", answer: func(w http.ResponseWriter, _ *stdhttp.Late) { w.WriteHeader(http.StatusTeapot) }, status: 418, size: int64(0)},
		{
			name: "early hints first",
			answer: func(w http.ResponseWriter, _ *stdhttp.Late) {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusGone)
			},
			status: 410, size: int64(0),
		},
		{
			name: "flushed first",
			answer: func(w http.ResponseWriter, _ *stdhttp.Late) {
				if err := http.NewResponseController(w).Flush(); err != nil {
					panic(err)
				}
				write(w, "flushed")
			},
			status: 200, size: int64(7),
		},
		{
			name:   "writer below ours",
			answer: func(w http.ResponseWriter, late *stdhttp.Late) { fail(late.Cover(unwrap(w)), late) },
			status: 502, size: int64(6),
		},
		{
			name:   "writer above ours",
			answer: func(w http.ResponseWriter, late *stdhttp.Late) { fail(late.Cover(middlewareWriter{w}), late) },
			status: 502, size: int64(6),
		},
		{name: "context ends before", derive: cancelAfterMiddleware, answer: fail, status: 502},
		{name: "context never ends", derive: detachContext, answer: fail, status: 502},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			app := newLateErrorApp(rec, test.answer)
			app.derive = test.derive
			if got := fetch(t, app); got != test.status {
				t.Errorf("status on the wire: got %d, want %d", got, test.status)
			}
			span := rec.Only()
			if span.Name() != "GET /late" {
				t.Errorf("name: got %q, want GET /late", span.Name())
			}
			checkSpan(t, span, int64(test.status), test.size)
		})
	}
}

// unwrap returns the writer that w wraps, like a middleware that restores the
// writer it found.
func unwrap(w http.ResponseWriter) http.ResponseWriter {
	return w.(interface{ Unwrap() http.ResponseWriter }).Unwrap()
}

// middlewareWriter wraps another writer, like the writer of a middleware.
type middlewareWriter struct{ http.ResponseWriter }

func (w middlewareWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestCoverWrapsUnrecordedWriter proves that Cover wraps a writer only if the writer does
// not already write through a recorder.
func TestCoverWrapsUnrecordedWriter(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	fetch(t, newLateErrorApp(rec, func(w http.ResponseWriter, late *stdhttp.Late) {
		if got := late.Cover(w); got != w {
			t.Errorf("a covered writer: got %T, want it as it is", got)
		}
		outerWriter := middlewareWriter{w}
		if got := late.Cover(outerWriter); got != outerWriter {
			t.Errorf("a writer above a covered one: got %T, want it as it is", got)
		}
		rewrapped := late.Cover(unwrap(w))
		if rewrapped == unwrap(w) {
			t.Error("a bare writer: got it as it is, want it covered")
		}
		if got := late.Cover(rewrapped); got != rewrapped {
			t.Errorf("a writer covered later: got %T, want it as it is", got)
		}
	}))
}

func TestEndLateRecordsHijack(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	app := newLateErrorApp(rec, func(w http.ResponseWriter, _ *stdhttp.Late) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		write(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	fetch(t, app)
	checkSpan(t, rec.Only(), nil, nil)
}

// TestEndLateWithoutServer proves that the status is recorded without the size if there is no
// server. The end of the response cannot be observed in that case.
func TestEndLateWithoutServer(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	w := httptest.NewRecorder()
	newLateErrorApp(rec, func(w http.ResponseWriter, _ *stdhttp.Late) {
		w.WriteHeader(http.StatusBadGateway)
		write(w, "body")
	}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	checkSpan(t, rec.Only(), int64(502), nil)
	if w.Body.String() != "body" {
		t.Errorf("body: got %q, want body", w.Body)
	}
}

// TestEndLateWithoutResponse proves that an exchange without a response ends, and that its
// duration does not include the time spent waiting for a response.
func TestEndLateWithoutResponse(t *testing.T) {
	noAnswer := func(http.ResponseWriter, *stdhttp.Late) {}
	for name, send := range map[string]func(*lateErrorApp){
		"server": func(app *lateErrorApp) { fetch(t, app) },
		"no server": func(app *lateErrorApp) {
			app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := httpservertest.New(t, httpserver.Config{})
			send(newLateErrorApp(rec, noAnswer))
			span := rec.Only()
			checkSpan(t, span, int64(200), int64(0))
			if duration := span.EndTime().Sub(span.StartTime()); duration >= time.Second {
				t.Errorf("duration: got %v, want that of the request", duration)
			}
			points := rec.Points("http.server.request.duration")
			if len(points) != 1 || points[0].Count != 1 || points[0].Sum >= 1 {
				t.Errorf("duration points: got %v, want one below 1 s", points)
			}
		})
	}
}

// TestEndLateAfterResponseHasStarted proves that the whole body is counted if the response
// has started before EndLate, and that headers set after the start are not captured.
func TestEndLateAfterResponseHasStarted(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{CapturedResponseHeaders: []string{"X-Part"}})
	instrumentation := httpserver.MustInstrument(rec, httpserver.Framework{Name: "test", Scope: "test"})
	fetch(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := stdhttp.Request(r)
		_, exchange := instrumentation.Start(r.Context(), &request)
		writer, recorder := stdhttp.Record(w, r)
		writer.Header().Set("X-Part", "first")
		write(writer, "first")
		stdhttp.EndLate(exchange, httpserver.Outcome{Status: recorder.Status(), ResponseSize: httpserver.Bytes(recorder.Written())}, r, recorder)
		writer.Header().Set("X-Part", "second")
		write(writer, "second")
	}))
	span := rec.Only()
	checkSpan(t, span, int64(200), int64(11))
	if got, _ := httpservertest.Attribute(span, "http.response.header.x-part").([]string); !slices.Equal(got, []string{"first"}) {
		t.Errorf("x-part: got %q, want first", got)
	}
}

// TestHooksRunBeforeEndLateReturns proves that hooks run before EndLate returns. After
// that, the framework may recycle its context.
func TestHooksRunBeforeEndLateReturns(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	recycled := false
	app := newLateErrorApp(rec, func(w http.ResponseWriter, _ *stdhttp.Late) {
		recycled = true
		w.WriteHeader(http.StatusBadGateway)
	})
	app.spanName = func() string {
		if recycled {
			t.Error("the hook runs after EndLate")
		}
		return "hooked"
	}
	fetch(t, app)
	if got := rec.Only().Name(); got != "hooked" {
		t.Errorf("name: got %q, want hooked", got)
	}
}

// TestWaitIncludesLateResponse proves that Wait does not return before the response is
// written.
func TestWaitIncludesLateResponse(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	app := newLateErrorApp(rec, func(w http.ResponseWriter, _ *stdhttp.Late) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		if err := rec.Wait(ctx); err == nil {
			t.Error("Wait returned before the answer")
		}
		w.WriteHeader(http.StatusBadGateway)
	})
	fetch(t, app)
	checkSpan(t, rec.Only(), int64(502), int64(0))
}

// TestEndLateWhileContextEnds proves that each exchange ends exactly once, without a data
// race, if the context ends while the response is being written.
func TestEndLateWhileContextEnds(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{CapturedResponseHeaders: []string{"X-Part"}})
	const requests = 300
	var canceled atomic.Int64
	var wg sync.WaitGroup
	app := newLateErrorApp(rec, func(w http.ResponseWriter, late *stdhttp.Late) {
		for range 4 {
			w.Header().Set("X-Part", "set")
			w = late.Cover(w)
			write(w, "part")
		}
	})
	app.derive = func(r *http.Request) (*http.Request, func()) {
		// With http.ServerContextKey, the middleware expects that the context ends with the
		// request. This context ends while the response is being written.
		ctx, cancel := context.WithCancel(context.WithValue(r.Context(), http.ServerContextKey, new(http.Server)))
		return r.WithContext(ctx), func() {
			wg.Go(func() {
				cancel()
				canceled.Add(1)
			})
		}
	}
	for range requests {
		app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	}
	wg.Wait()
	spans := rec.Ended()
	if len(spans) != requests || canceled.Load() != requests {
		t.Fatalf("got %d spans, want %d", len(spans), requests)
	}
	for _, span := range spans {
		if got := httpservertest.Attribute(span, "http.response.status_code"); got != int64(200) {
			t.Errorf("status: got %v, want 200", got)
		}
	}
}

func TestWriteTimeoutCutsOffLateResponse(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	app := newLateErrorApp(rec, func(w http.ResponseWriter, _ *stdhttp.Late) {
		<-time.After(30 * time.Millisecond)
		w.WriteHeader(http.StatusNotFound)
		write(w, "too late")
	})
	server := httptest.NewUnstartedServer(app)
	server.Config.WriteTimeout = 10 * time.Millisecond
	server.Start()
	defer server.Close()
	if response, err := server.Client().Get(server.URL); err == nil {
		_ = response.Body.Close()
		t.Errorf("got status %d, want no answer", response.StatusCode)
	}
	httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": nil, "error.type": "timeout"})
}
