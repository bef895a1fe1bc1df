package ginotel_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// checkException checks that the only event of the span is an exception with the given
// type and message. The exception's stack trace must contain function, which is the name of
// a function.
func checkException(t *testing.T, span sdktrace.ReadOnlySpan, exceptionType, message, function string) {
	t.Helper()
	if len(span.Events()) != 1 || span.Events()[0].Name != "exception" {
		t.Fatalf("got events %v, want one exception", span.Events())
	}
	values := make(map[string]string)
	for _, kv := range span.Events()[0].Attributes {
		values[string(kv.Key)] = kv.Value.AsString()
	}
	if values["exception.type"] != exceptionType || values["exception.message"] != message {
		t.Errorf("got %s %q, want %s %q", values["exception.type"], values["exception.message"], exceptionType, message)
	}
	checkContains(t, "stack", values["exception.stacktrace"], function)
}

// TestPanicRecoveredOutsideIsRecorded proves that a panic is recorded, with the status of the
// response, if a middleware before ours recovers from it.
func TestPanicRecoveredOutsideIsRecorded(t *testing.T) {
	const exceptionType = "*ginotel_test.missingItemError"
	tests := []struct {
		name     string
		recovery gin.HandlerFunc
		handler  gin.HandlerFunc
		status   int
		size     any
	}{
		{"nothing written", gin.Recovery(), panickingHandler, 500, int64(0)},
		{"status set", gin.Recovery(), func(c *gin.Context) { c.Status(418); panickingHandler(c) }, 500, int64(0)},
		{"error recorded", gin.Recovery(), func(c *gin.Context) { recordError(c); panickingHandler(c) }, 500, int64(0)},
		{"part written", gin.Recovery(), func(c *gin.Context) { c.String(200, "part"); panickingHandler(c) }, 200, int64(4)},
		{"recovery renders", gin.CustomRecovery(func(c *gin.Context, _ any) { c.JSON(500, gin.H{}) }), panickingHandler, 500, int64(2)},
		{"recovery answers otherwise", gin.CustomRecovery(func(c *gin.Context, _ any) { c.String(503, "later") }), panickingHandler, 503, int64(5)},
		{"recovery sets a status", gin.CustomRecovery(func(c *gin.Context, _ any) { c.Status(502) }), panickingHandler, 502, int64(0)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			var outerPanic any
			r := gin.New()
			r.Use(test.recovery, func(c *gin.Context) {
				defer func() {
					if outerPanic = recover(); outerPanic != nil {
						panic(outerPanic)
					}
				}()
				c.Next()
			})
			ginotel.Use(r, rec)
			r.GET("/panic/:id", test.handler)
			s := serve(t, r)
			if got := s.get("/panic/1"); got.status != test.status {
				t.Errorf("got %d, want %d", got.status, test.status)
			}
			span := rec.Only()
			wantSpan{name: "GET /panic/:id", route: "/panic/:id", status: int64(test.status), errorType: exceptionType, code: codes.Error}.check(t, span)
			checkException(t, span, exceptionType, "no tea", "panickingHandler")
			if got := attributeOf(span, "http.response.body.size"); got != test.size {
				t.Errorf("got response size %v, want %v", got, test.size)
			}
			if got, ok := outerPanic.(*missingItemError); !ok || got.item != "tea" {
				t.Errorf("got panic %v outside, want the handler's own", outerPanic)
			}
			if got := checkOnePoint(t, rec).Attributes["error.type"]; got != exceptionType {
				t.Errorf("got error.type %v on the metric, want %s", got, exceptionType)
			}
			if got := s.log.take(); got != "" {
				t.Errorf("got %q in the server's log, want nothing", got)
			}
		})
	}
}

// TestPanicRecoveredInsideRecordsOnlyStatus proves that only the status of the response is
// recorded if a middleware after ours recovers from the panic.
func TestPanicRecoveredInsideRecordsOnlyStatus(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec)
	r.Use(gin.Recovery())
	r.GET("/panic", panickingHandler)
	if got := serve(t, r).get("/panic"); got.status != 500 {
		t.Errorf("got %d, want 500", got.status)
	}
	span := rec.Only()
	wantSpan{name: "GET /panic", route: "/panic", status: int64(500), errorType: "500", code: codes.Error}.check(t, span)
	if len(span.Events()) != 0 {
		t.Errorf("got events %v, want none", span.Events())
	}
	checkOnePoint(t, rec)
}

func TestUnrecoveredPanicIsRecorded(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec)
	r.GET("/panic", func(*gin.Context) { panic("boom") })
	s := serve(t, r)
	if _, err := s.trySend(http.MethodGet, "/panic", nil); err == nil {
		t.Error("got an answer, want the connection closed")
	}
	span := rec.Only()
	wantSpan{name: "GET /panic", route: "/panic", errorType: "string", code: codes.Error}.check(t, span)
	checkException(t, span, "string", "boom", "TestUnrecoveredPanicIsRecorded")
	checkOnePoint(t, rec)
	logged := s.log.take()
	checkContains(t, "log", logged, "panic serving")
	checkContains(t, "log", logged, "boom")
}

func TestErrAbortHandlerReachesServer(t *testing.T) {
	want := wantSpan{name: "GET /abort", route: "/abort", errorType: "http.ErrAbortHandler", code: codes.Error}
	abort := func(*gin.Context) { panic(http.ErrAbortHandler) }
	for name, recovery := range map[string]gin.HandlerFunc{
		"no recovery":  func(c *gin.Context) { c.Next() },
		"gin recovery": gin.Recovery(),
	} {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			outside := make(chan any, 1)
			r := gin.New()
			r.Use(recovery, func(c *gin.Context) {
				defer func() {
					outerPanic := recover()
					outside <- outerPanic
					panic(outerPanic)
				}()
				c.Next()
			})
			ginotel.Use(r, rec)
			r.GET("/abort", abort)
			s := serve(t, r)
			answer, err := s.trySend(http.MethodGet, "/abort", nil)
			if aborted := err != nil; aborted == (name == "gin recovery") {
				t.Errorf("got error %v, want the same as without the middleware", err)
			}
			if outerPanic := await(t, "panic outside", outside); outerPanic != any(http.ErrAbortHandler) {
				t.Errorf("got panic %v outside, want http.ErrAbortHandler itself", outerPanic)
			}
			span := rec.Only()
			want := want
			if name == "gin recovery" {
				// The status depends on the version of Gin: since 1.12, Gin's recovery
				// sets no status for http.ErrAbortHandler.
				want.status = int64(answer.status)
			}
			want.check(t, span)
			if len(span.Events()) != 0 {
				t.Errorf("got events %v, want none", span.Events())
			}
			checkOnePoint(t, rec)
			if got := s.log.take(); got != "" {
				t.Errorf("got %q in the server's log, want nothing", got)
			}
		})
	}
}

func TestPanicIsRecordedOnce(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.Use(gin.Recovery())
	ginotel.Use(r, rec)
	ginotel.Use(r, rec)
	r.GET("/panic", panickingHandler)
	serve(t, r).get("/panic")
	span := rec.Only()
	wantSpan{name: "GET /panic", route: "/panic", status: int64(500), errorType: "*ginotel_test.missingItemError", code: codes.Error}.check(t, span)
	checkException(t, span, "*ginotel_test.missingItemError", "no tea", "panickingHandler")
	checkOnePoint(t, rec)
}

// TestGoexitEndsExchange proves that the exchange ends if a handler ends its goroutine with
// runtime.Goexit, and that no panic is recorded.
func TestGoexitEndsExchange(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec)
	r.GET("/", func(*gin.Context) { runtime.Goexit() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	}()
	await(t, "end of the goroutine", done)
	if span := rec.Only(); len(span.Events()) != 0 {
		t.Errorf("got events %v, want none", span.Events())
	}
	checkOnePoint(t, rec)
}

// TestRecoveryPrintsHandlerStack proves that the stack which Gin's recovery prints still
// contains the handler, although the middleware panics again.
func TestRecoveryPrintsHandlerStack(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	var printed strings.Builder
	r := gin.New()
	r.Use(gin.RecoveryWithWriter(&printed))
	ginotel.Use(r, rec)
	r.GET("/panic", panickingHandler)
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/panic", http.NoBody))
	// Gin prints names of functions only if it finds the source, which it does not in a
	// build with -trimpath. No other function of its file is on the stack.
	checkContains(t, "printed stack", printed.String(), "/panicking_test.go:")
	checkOnePoint(t, rec)
}

func TestAbortedResponseIsError(t *testing.T) {
	for name, use := range map[string]func(*gin.Engine, *httpservertest.Recorder){
		"Use":        func(r *gin.Engine, rec *httpservertest.Recorder) { ginotel.Use(r, rec) },
		"Middleware": func(r *gin.Engine, rec *httpservertest.Recorder) { r.Use(ginotel.Middleware(rec)) },
		"Use behind another": func(r *gin.Engine, rec *httpservertest.Recorder) {
			r.Use(func(c *gin.Context) { c.Next() })
			ginotel.Use(r, rec)
		},
	} {
		t.Run(name, func(t *testing.T) {
			httpservertest.CheckUnanswered(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
				r := gin.New()
				use(r, rec)
				r.GET("/", gin.WrapF(handler))
				return r
			})
		})
	}
}

func TestTruncatedResponseIsError(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckTruncated(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			return r
		})
	})
}

// TestBytesWrittenToGinWriterAreCounted proves that the response size includes bytes that a
// handler writes to Gin's own writer instead of c.Writer. If they were not counted, the
// response would be recorded as truncated.
func TestBytesWrittenToGinWriterAreCounted(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{BodySizes: true})
	r := gin.New()
	var ginOwnWriter gin.ResponseWriter
	r.Use(func(c *gin.Context) { ginOwnWriter = c.Writer })
	r.Use(ginotel.Middleware(rec))
	r.GET("/", func(*gin.Context) {
		ginOwnWriter.Header().Set("Content-Length", "5")
		_, _ = ginOwnWriter.WriteString("hello")
	})
	if got := serve(t, r).get("/"); got.body != "hello" {
		t.Errorf("got %q, want hello", got.body)
	}
	rec.ExpectGet("/", http.StatusOK, int64(5), nil)
}

func TestHTTP2StreamResetIsError(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckReset(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			return r
		})
	})
}

func TestSentHeadersAreCaptured(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckSentHeader(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			return r
		})
	})
}

func TestTraceResponseRefersToOwnSpan(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckTraceResponse(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			return r
		})
	})
}

// TestHijackWithoutUpgradeHasNoStatus proves that a connection that a handler takes over is
// not recorded as an upgrade if the client has not asked for one.
func TestHijackWithoutUpgradeHasNoStatus(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckHijackedWithoutUpgrade(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			return r
		})
	})
}

// TestHijackByOuterRecoveryHasNoStatus proves that a connection that an outer middleware takes
// over after a panic, to close it, is not recorded as an upgrade.
func TestHijackByOuterRecoveryHasNoStatus(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.Use(func(c *gin.Context) {
		defer func() {
			if recover() == nil {
				t.Error("got no panic")
			}
			conn, _, err := c.Writer.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		}()
		c.Next()
	}, ginotel.Middleware(rec))
	r.GET("/", func(*gin.Context) { panic("broken") })
	if got := httpservertest.Raw(t, httpservertest.Start(t, r), httpservertest.RawRequest(http.MethodGet, "/", "")); got != "" {
		t.Fatalf("got %q on the wire, want nothing", got)
	}
	httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": nil, "error.type": "string"})
}

// TestDeadlinesCanBeSetConcurrently proves that a goroutine can set deadlines while the
// handler writes.
func TestDeadlinesCanBeSetConcurrently(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckConcurrentDeadlines(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			return r
		})
	})
}
