package ginotel_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// errOutOfStock is the error that failing handlers record with c.Error.
var errOutOfStock = errors.New("out of stock")

// renderErrors is a middleware that responds with 503 and the last error in c.Errors.
func renderErrors(c *gin.Context) {
	c.Next()
	if len(c.Errors) > 0 && !c.Writer.Written() {
		c.JSON(http.StatusServiceUnavailable, gin.H{"error": c.Errors.Last().Error()})
	}
}

// recordError is a handler that adds an error to c.Errors and writes no response.
func recordError(c *gin.Context) { _ = c.Error(errOutOfStock) }

// teeWriter is a writer that the application puts into c.Writer. It keeps a copy of the
// body.
type teeWriter struct {
	gin.ResponseWriter
	bodyCopy strings.Builder
}

func (w *teeWriter) Write(p []byte) (int, error) {
	w.bodyCopy.Write(p)
	return w.ResponseWriter.Write(p)
}

// replaceWriterWithTee is a middleware that replaces the writer with a teeWriter.
func replaceWriterWithTee(c *gin.Context) {
	c.Writer = &teeWriter{ResponseWriter: c.Writer}
	c.Next()
}

func TestSpanHasStatusOfResponse(t *testing.T) {
	type chain = []gin.HandlerFunc
	tests := []struct {
		name string
		// outside is registered before our middleware, and inside after it. The last
		// element of inside is the handler.
		outside, inside chain
		// status and size are the status and the body size that the client must receive
		// and the span must have.
		status int
		size   any
	}{
		{"implicit 200", nil, chain{func(c *gin.Context) { _, _ = c.Writer.WriteString("ok") }}, 200, int64(2)},
		{"nothing written", nil, chain{func(*gin.Context) {}}, 200, int64(0)},
		{"status set, nothing written", nil, chain{func(c *gin.Context) { c.Status(http.StatusAccepted) }}, 202, int64(0)},
		{"status set twice", nil, chain{func(c *gin.Context) { c.Status(400); c.Status(409) }}, 409, int64(0)},
		{"aborted", nil, chain{func(c *gin.Context) { c.AbortWithStatus(401) }, respondOK}, 401, int64(0)},
		{"aborted without status", nil, chain{func(c *gin.Context) { c.Abort() }, respondOK}, 200, int64(0)},
		{"aborted with error, 404", nil, chain{func(c *gin.Context) { _ = c.AbortWithError(404, errOutOfStock) }}, 404, int64(0)},
		{"aborted with error, 503", nil, chain{func(c *gin.Context) { _ = c.AbortWithError(503, errOutOfStock) }}, 503, int64(0)},
		{"error recorded, 422 answered", nil, chain{func(c *gin.Context) { _ = c.Error(errOutOfStock); c.String(422, "no") }}, 422, int64(2)},
		{"error recorded, 500 answered", nil, chain{func(c *gin.Context) { _ = c.Error(errOutOfStock); c.String(500, "no") }}, 500, int64(2)},
		{"error recorded, no response written", nil, chain{recordError}, 200, int64(0)},
		{"error recorded, status set", nil, chain{func(c *gin.Context) { recordError(c); c.Status(507) }}, 507, int64(0)},
		{"header written twice", nil, chain{func(c *gin.Context) { c.String(201, "a"); c.String(500, "b") }}, 201, int64(2)},
		{"error after part of the answer", nil, chain{func(c *gin.Context) { c.String(200, "part"); _ = c.AbortWithError(500, errOutOfStock) }}, 200, int64(4)},
		{"early hints", nil, chain{func(c *gin.Context) { c.Status(103); c.Writer.WriteHeaderNow(); _, _ = c.Writer.WriteString("ok") }}, 200, int64(2)},
		{"early hints alone", nil, chain{func(c *gin.Context) { c.Status(103); c.Writer.WriteHeaderNow() }}, 200, int64(0)},
		{"renderer inside", nil, chain{renderErrors, recordError}, 503, int64(len(`{"error":"out of stock"}`))},
		{"renderer outside", chain{renderErrors}, chain{recordError}, 503, int64(len(`{"error":"out of stock"}`))},
		{"renderer outside, status set before", chain{renderErrors}, chain{func(c *gin.Context) { c.Status(400); recordError(c) }}, 503, int64(len(`{"error":"out of stock"}`))},
		{"renderer outside, status alone", chain{func(c *gin.Context) { c.Next(); c.AbortWithStatus(502) }}, chain{recordError}, 502, int64(0)},
		{"renderer outside, status not written", chain{func(c *gin.Context) { c.Next(); c.Status(502) }}, chain{recordError}, 502, int64(0)},
		{"renderer outside, string and flush", chain{func(c *gin.Context) {
			c.Next()
			c.Status(500)
			c.Writer.Flush()
			_, _ = c.Writer.WriteString("broken")
		}}, chain{recordError}, 500, int64(6)},
		{"renderer outside panics", chain{gin.Recovery(), func(c *gin.Context) { c.Next(); panic("render") }}, chain{recordError}, 500, int64(0)},
		{"renderer outside, another writer inside", chain{renderErrors}, chain{replaceWriterWithTee, recordError}, 503, int64(len(`{"error":"out of stock"}`))},
		{"renderer outside, another writer between", chain{renderErrors, replaceWriterWithTee}, chain{recordError}, 503, int64(len(`{"error":"out of stock"}`))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			r.Use(test.outside...)
			ginotel.Use(r, rec)
			r.GET("/fail/:code", test.inside...)
			got := serve(t, r).get("/fail/1")
			if got.status != test.status {
				t.Errorf("got %d on the wire, want %d", got.status, test.status)
			}
			want := wantSpan{name: "GET /fail/:code", route: "/fail/:code", status: int64(test.status)}
			if test.status >= 500 {
				want.code, want.errorType = codes.Error, strconv.Itoa(test.status)
			}
			span := rec.Only()
			want.check(t, span)
			if size := attributeOf(span, "http.response.body.size"); size != test.size || got.size != test.size {
				t.Errorf("got response size %v and %d bytes, want %v", size, got.size, test.size)
			}
			if len(span.Events()) != 0 {
				t.Errorf("got events %v, want none", span.Events())
			}
			checkOnePoint(t, rec)
		})
	}
}

func TestOuterMiddlewareSeesError(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	var (
		outerError error
		calls      int
		traceID    string
	)
	r := gin.New()
	r.Use(func(c *gin.Context) {
		c.Next()
		calls++
		outerError = c.Errors.Last().Err
		traceID = traceIDOf(c.Request.Context())
		c.String(http.StatusTeapot, "short and stout")
	})
	ginotel.Use(r, rec)
	r.GET("/", recordError)
	if got := serve(t, r).get("/"); got.status != http.StatusTeapot {
		t.Errorf("got %d, want 418", got.status)
	}
	span := rec.Only()
	wantSpan{name: "GET /", route: "/", status: int64(http.StatusTeapot)}.check(t, span)
	if !errors.Is(outerError, errOutOfStock) || calls != 1 {
		t.Errorf("got error %v in %d calls outside, want %v once", outerError, calls, errOutOfStock)
	}
	if traceID != span.SpanContext().TraceID().String() {
		t.Errorf("got trace %s outside, want the span's", traceID)
	}
}

func TestOuterMiddlewareHeadersAreCaptured(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{CapturedResponseHeaders: []string{"X-Problem"}})
	r := gin.New()
	r.Use(func(c *gin.Context) { c.Next(); c.Header("X-Problem", "stock"); c.String(500, "no") })
	ginotel.Use(r, rec)
	r.GET("/", recordError)
	serve(t, r).get("/")
	if got, _ := attributeOf(rec.Only(), "http.response.header.x-problem").([]string); len(got) != 1 || got[0] != "stock" {
		t.Errorf("got header %q, want that of the renderer", got)
	}
}

// TestStatusIsIndependentOfContextEnd proves that the span has the status of the response
// even if the request's context ends before the response is written, or does not end at
// all.
func TestStatusIsIndependentOfContextEnd(t *testing.T) {
	withContext := func(derive func(context.Context) (context.Context, context.CancelFunc)) gin.HandlerFunc {
		return func(c *gin.Context) {
			ctx, cancel := derive(c.Request.Context())
			defer cancel()
			c.Request = c.Request.WithContext(ctx)
			c.Next()
		}
	}
	for name, middleware := range map[string]gin.HandlerFunc{
		"canceled outside": withContext(context.WithCancel),
		"time-out outside": withContext(func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, testTimeout)
		}),
		"detached": withContext(func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithoutCancel(ctx), func() {}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			r.Use(func(c *gin.Context) {
				c.Next()
				waitCtx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
				defer cancel()
				if err := rec.Wait(waitCtx); err == nil {
					t.Error("the exchange ended before the answer")
				}
				c.Status(http.StatusServiceUnavailable)
				c.Writer.WriteHeaderNow()
			}, middleware)
			ginotel.Use(r, rec)
			r.GET("/", recordError)
			if got := serve(t, r).get("/"); got.status != http.StatusServiceUnavailable {
				t.Errorf("got %d, want 503", got.status)
			}
			wantSpan{name: "GET /", route: "/", status: int64(503), errorType: "503", code: codes.Error}.check(t, rec.Only())
			checkOnePoint(t, rec)
		})
	}
}

// TestErrorStatusIsRecordedWithoutServer proves that the span has the status of a rendered
// error if the engine is called without a server, whatever the request's context is.
func TestErrorStatusIsRecordedWithoutServer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{
		"context that never ends":         context.Background(),
		"context canceled after the test": ctx,
		"context value of a server":       context.WithValue(context.Background(), http.ServerContextKey, &http.Server{}),
	} {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			r.Use(renderErrors)
			ginotel.Use(r, rec)
			r.GET("/", recordError)
			answer := httptest.NewRecorder()
			r.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
			if answer.Code != http.StatusServiceUnavailable {
				t.Errorf("got %d, want 503", answer.Code)
			}
			wantSpan{name: "GET /", route: "/", status: int64(503), errorType: "503", code: codes.Error}.check(t, rec.Only())
			checkOnePoint(t, rec)
		})
	}
}

// TestWriterIsUsableAfterHandlers proves that an outer middleware can use c.Writer after the
// handlers, also through an http.ResponseController.
func TestWriterIsUsableAfterHandlers(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	problems := make(chan error, 1)
	r := gin.New()
	r.Use(func(c *gin.Context) {
		c.Next()
		controller := http.NewResponseController(c.Writer)
		problems <- errors.Join(
			controller.EnableFullDuplex(),
			controller.Flush(),
		)
		_, _ = c.Writer.WriteString("done")
	})
	ginotel.Use(r, rec)
	r.GET("/", recordError)
	if got := serve(t, r).get("/"); got.body != "done" {
		t.Errorf("got body %q, want done", got.body)
	}
	if err := await(t, "answer of the controller", problems); err != nil {
		t.Error(err)
	}
	if got := attributeOf(rec.Only(), "http.response.body.size"); got != int64(4) {
		t.Errorf("got response size %v, want 4", got)
	}
}

// TestDisconnectWhileRenderingHasNoRace proves that there is no data race if a middleware
// writes a response while the exchange ends because the client has disconnected. The race
// detector would report such a race.
func TestDisconnectWhileRenderingHasNoRace(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	rendering := make(chan struct{})
	r := gin.New()
	r.Use(func(c *gin.Context) {
		c.Next()
		close(rendering)
		<-c.Request.Context().Done()
		for range 100 {
			c.String(http.StatusServiceUnavailable, "too late")
		}
	})
	ginotel.Use(r, rec)
	r.GET("/slow", recordError)
	s := serve(t, r)
	sendAndDisconnect(t, s, "/slow", rendering)
	if got := rec.Only().Name(); got != "GET /slow" {
		t.Errorf("got span %q, want GET /slow", got)
	}
	checkOnePoint(t, rec)
}

func TestHTTP2SpansHaveSentStatusAndSize(t *testing.T) {
	tests := []struct {
		path    string
		handler gin.HandlerFunc
		want    wantSpan
		size    int64
	}{
		{"/ok", respondOK, wantSpan{status: int64(200)}, 2},
		{"/error", recordError, wantSpan{status: int64(503), errorType: "503", code: codes.Error}, int64(len(`{"error":"out of stock"}`))},
		{"/panic", panickingHandler, wantSpan{status: int64(500), errorType: "*ginotel_test.missingItemError", code: codes.Error}, 0},
		{"/status", func(c *gin.Context) { c.AbortWithStatus(http.StatusAccepted) }, wantSpan{status: int64(202)}, 0},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			r.Use(gin.Recovery(), renderErrors)
			ginotel.Use(r, rec)
			r.GET(test.path, test.handler)
			s := httptest.NewUnstartedServer(r)
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
			answer := (&service{t: t, Server: s}).get(test.path)
			span := rec.Only()
			test.want.route = test.path
			test.want.check(t, span)
			if got := attributeOf(span, "http.response.body.size"); got != test.size || answer.size != test.size {
				t.Errorf("got response size %v and %d bytes, want %d", got, answer.size, test.size)
			}
			if version, scheme := attributeOf(span, "network.protocol.version"), attributeOf(span, "url.scheme"); version != "2" || scheme != "https" {
				t.Errorf("got protocol %v and scheme %v, want 2 and https", version, scheme)
			}
			checkOnePoint(t, rec)
		})
	}
}

func TestClientDisconnectIsError(t *testing.T) {
	disconnected := wantSpan{name: "GET /slow", route: "/slow", errorType: "client_disconnected", code: codes.Error}
	responded := wantSpan{name: "GET /slow", route: "/slow", status: int64(503), errorType: "503", code: codes.Error}
	for name, test := range map[string]struct {
		handler gin.HandlerFunc
		want    wantSpan
	}{
		"nothing written": {func(c *gin.Context) { <-c.Request.Context().Done() }, disconnected},
		"error recorded":  {func(c *gin.Context) { <-c.Request.Context().Done(); _ = c.Error(c.Request.Context().Err()) }, disconnected},
		// A client that has closed only its sending side receives the response, so the
		// status must be recorded.
		"response written": {func(c *gin.Context) { <-c.Request.Context().Done(); c.String(503, "too late") }, responded},
		"status set":       {func(c *gin.Context) { <-c.Request.Context().Done(); c.Status(503) }, responded},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			started := make(chan struct{})
			r := gin.New()
			ginotel.Use(r, rec)
			r.GET("/slow", func(c *gin.Context) { close(started); test.handler(c) })
			sendAndDisconnect(t, serve(t, r), "/slow", started)
			test.want.check(t, rec.Only())
			checkOnePoint(t, rec)
		})
	}
}

// TestGinErrorsCanBeRecordedOnSpan proves that a middleware can record each error of
// c.Errors on the span, whatever the response's status is. The migration guide shows such a
// middleware.
func TestGinErrorsCanBeRecordedOnSpan(t *testing.T) {
	for _, status := range []int{200, 409, 500, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				rec := httpservertest.New(t, httpserver.Config{})
				r := gin.New()
				r.Use(gin.Recovery())
				use(r, rec)
				r.Use(func(c *gin.Context) {
					c.Next()
					span := trace.SpanFromContext(c.Request.Context())
					for _, err := range c.Errors {
						span.RecordError(err.Err)
						span.SetStatus(codes.Error, err.Error())
					}
				})
				r.GET("/", func(c *gin.Context) {
					_ = c.Error(&missingItemError{item: "tea"})
					_ = c.Error(errOutOfStock)
					c.String(status, "answered")
				})
				serve(t, r).get("/")
				span := rec.Only()
				if got := span.Status(); got.Code != codes.Error || got.Description != errOutOfStock.Error() {
					t.Errorf("got status %v %q, want Error %q", got.Code, got.Description, errOutOfStock)
				}
				var types []string
				for _, event := range span.Events() {
					for _, kv := range event.Attributes {
						if kv.Key == "exception.type" {
							types = append(types, kv.Value.AsString())
						}
					}
				}
				if want := []string{"*ginotel_test.missingItemError", "*errors.errorString"}; !slices.Equal(types, want) {
					t.Errorf("got exceptions %q, want %q", types, want)
				}
			})
		})
	}
}

// TestNameAndStatusSetByHandlerAreKept proves that the middleware does not overwrite the
// name and the status that a handler sets on the span.
func TestNameAndStatusSetByHandlerAreKept(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.Use(gin.Recovery())
	ginotel.Use(r, rec)
	r.GET("/a/:b", func(c *gin.Context) {
		span := trace.SpanFromContext(c.Request.Context())
		span.SetName("order")
		span.SetStatus(codes.Error, "stock is empty")
		c.AbortWithStatus(http.StatusInternalServerError)
	})
	serve(t, r).get("/a/1")
	span := rec.Only()
	if got := span.Status(); span.Name() != "order" || got.Code != codes.Error || got.Description != "stock is empty" {
		t.Errorf("got span %q with status %v %q, want what the handler set", span.Name(), got.Code, got.Description)
	}
}
