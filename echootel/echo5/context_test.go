package echootel

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// In these tests, the caller is the client that sends the request. The caller's span is
// the parent of the server span.
const (
	// callerTraceID is the trace ID in callerTraceparent.
	callerTraceID = "0af7651916cd43dd8448eb211c80319c"
	// callerTraceparent is the traceparent header of a caller whose span is sampled.
	callerTraceparent = "00-" + callerTraceID + "-b7ad6b7169203331-01"
)

func TestSpansAreInCallerTrace(t *testing.T) {
	e, rec := newApp(t)
	recordSpan := func(c *echo.Context, name string) {
		_, span := rec.Tracer().Start(c.Request().Context(), name)
		span.End()
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			recordSpan(c, "middleware")
			return next(c)
		}
	})
	e.GET("/process/:item_id", func(c *echo.Context) error {
		recordSpan(c, "handler")
		goroutineDone := make(chan struct{})
		go func() {
			defer close(goroutineDone)
			recordSpan(c, "goroutine")
		}()
		<-goroutineDone
		return c.String(http.StatusOK, baggage.FromContext(c.Request().Context()).Member("tenant").Value())
	})
	got := get(t, httpservertest.Start(t, e)+"/process/1?q=1&sig=secret", "Traceparent", callerTraceparent, "Baggage", "tenant=blue", "User-Agent", "tester/1")
	if got.Text != "blue" {
		t.Errorf("baggage: got %q, want blue", got.Text)
	}
	server := rec.Named("GET /process/:item_id")
	if server.SpanContext().TraceID().String() != callerTraceID || !server.Parent().IsRemote() || server.SpanKind() != trace.SpanKindServer {
		t.Errorf("got a %v span of trace %v with parent %v, want the caller's remote child", server.SpanKind(), server.SpanContext().TraceID(), server.Parent())
	}
	for _, name := range []string{"middleware", "handler", "goroutine"} {
		if got := rec.Named(name).Parent().SpanID(); got != server.SpanContext().SpanID() {
			t.Errorf("parent of %s: got %v, want the server span", name, got)
		}
	}
	httpservertest.Expect(t, server, map[string]any{
		"http.request.method":      "GET",
		"url.path":                 "/process/1",
		"url.query":                "q=1&sig=REDACTED",
		"url.scheme":               "http",
		"server.address":           "127.0.0.1",
		"network.peer.address":     "127.0.0.1",
		"client.address":           "127.0.0.1",
		"network.protocol.version": "1.1",
		"user_agent.original":      "tester/1",
	})
	if port, _ := httpservertest.Attribute(server, "network.peer.port").(int64); port == 0 {
		t.Error("network.peer.port: got none")
	}
	scope := server.InstrumentationScope()
	if scope.Name != "github.com/samespan/samespan/echootel/echo5" || scope.Version != Version || scope.SchemaURL == "" {
		t.Errorf("scope: got %+v", scope)
	}
}

// TestContextIsValidAfterResponse proves that a goroutine of a handler can use the
// request's context, and a copy of a parameter, after the response, while Echo reuses the
// request's *echo.Context for other requests.
func TestContextIsValidAfterResponse(t *testing.T) {
	e, rec := newApp(t)
	release, finished := make(chan struct{}), make(chan struct{})
	e.GET("/background/:id", func(c *echo.Context) error {
		ctx, id := c.Request().Context(), c.Param("id")
		go func() {
			defer close(finished)
			<-release
			_, span := rec.Tracer().Start(ctx, "work on "+id)
			span.End()
		}()
		if id == "fails" {
			return errBoom
		}
		return nil
	})
	e.GET("/other/:id", respondOK)
	url := httpservertest.Start(t, e)
	get(t, url+"/background/fails", "Traceparent", callerTraceparent)
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := range 250 {
				if _, err := httpservertest.Try(t.Context(), http.MethodGet, fmt.Sprintf("%s/other/%d-%d", url, client, i), nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	close(release)
	<-finished
	workSpan, requestSpan := rec.Named("work on fails"), rec.Named("GET /background/:id")
	if workSpan.SpanContext().TraceID().String() != callerTraceID || workSpan.Parent().SpanID() != requestSpan.SpanContext().SpanID() {
		t.Errorf("got trace %v and parent %v, want those of the request", workSpan.SpanContext().TraceID(), workSpan.Parent().SpanID())
	}
	httpservertest.Expect(t, requestSpan, map[string]any{"url.path": "/background/fails", "http.response.status_code": int64(500)})
}

func TestMiddlewareRegisteredTwiceRecordsOneSpan(t *testing.T) {
	for _, fails := range []bool{false, true} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.New()
		e.Pre(Middleware(rec))
		e.Use(Middleware(rec))
		api := e.Group("/api", Middleware(rec, WithAttributes(func(c *echo.Context) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("user", c.Param("id"))}
		})))
		api.GET("/users/:id", func(*echo.Context) error {
			if fails {
				return echo.ErrBadGateway
			}
			return nil
		})
		get(t, httpservertest.Start(t, e)+"/api/users/1")
		want := wantOutcome{status: 200, bodySize: int64(0)}
		if fails {
			want = wantOutcome{502, int64(26), "502"}
		}
		want.check(t, rec, "/api/users/:id")
		httpservertest.Expect(t, rec.Only(), map[string]any{"user": "1"})
	}
}

// TestMountedApplicationRecordsOneSpan proves that a request has one span, with the whole
// route, if an application with the middleware is mounted in another application.
func TestMountedApplicationRecordsOneSpan(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	innerApp, outerApp := echo.New(), echo.New()
	innerApp.Use(Middleware(rec))
	innerApp.GET("/users/:id", func(*echo.Context) error { return echo.NewHTTPError(http.StatusConflict, "Conflict") })
	outerApp.Use(Middleware(rec))
	outerApp.Any("/inner/*", echo.WrapHandler(http.StripPrefix("/inner", innerApp)))
	get(t, httpservertest.Start(t, outerApp)+"/inner/users/1")
	wantOutcome{status: 409, bodySize: int64(23)}.check(t, rec, "/inner/users/:id")
}

// TestInnermostRouteIsRecorded proves that the span has the route of the innermost of three
// applications that are mounted in each other.
func TestInnermostRouteIsRecorded(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	innermostApp, middleApp, outerApp := echo.New(), echo.New(), echo.New()
	for _, app := range []*echo.Echo{innermostApp, middleApp, outerApp} {
		app.Use(Middleware(rec))
	}
	innermostApp.GET("/users/:id", func(*echo.Context) error { return echo.NewHTTPError(http.StatusConflict, "Conflict") })
	middleApp.Any("/inner/*", echo.WrapHandler(http.StripPrefix("/inner", innermostApp)))
	outerApp.Any("/:version/*", echo.WrapHandler(http.StripPrefix("/v1", middleApp)))
	get(t, httpservertest.Start(t, outerApp)+"/v1/inner/users/1")
	wantOutcome{status: 409, bodySize: int64(23)}.check(t, rec, "/:version/inner/users/:id")
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	for _, registered := range []string{"Use", "Pre"} {
		rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
		e := echo.New()
		if registered == "Use" {
			e.Use(Middleware(rec))
		} else {
			e.Pre(Middleware(rec))
		}
		e.GET("/healthz/:what", func(c *echo.Context) error {
			ctx, span := rec.Tracer().Start(c.Request().Context(), "orphan")
			defer span.End()
			carrier := propagation.MapCarrier{}
			rec.Propagator().Inject(ctx, carrier)
			if err := c.String(http.StatusOK, carrier.Get("traceparent")); err != nil {
				return err
			}
			return errBoom
		})
		for _, header := range [][]string{nil, {"Traceparent", callerTraceparent}} {
			got := get(t, httpservertest.Start(t, e)+"/healthz/live", header...)
			if len(got.Text) != 55 || got.Text[53:] != "00" || header != nil && got.Text[3:35] != callerTraceID {
				t.Errorf("traceparent of calls: got %q, want the caller's trace, unsampled", got.Text)
			}
		}
		if got := rec.Ended(); len(got) != 0 {
			t.Errorf("got spans %q, want none", httpservertest.Names(got))
		}
		for _, metric := range []string{"http.server.request.duration", "http.server.active_requests"} {
			if got := rec.Points(metric); len(got) != 0 {
				t.Errorf("%s: got %v, want none", metric, got)
			}
		}
	}
}

// TestMultipartFilesAreRemoved proves that net/http removes the temporary files of a
// multipart form that a handler has parsed.
func TestMultipartFilesAreRemoved(t *testing.T) {
	for _, path := range []string{"/upload", "/healthz"} {
		rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
		e := echo.New()
		e.Use(Middleware(rec))
		var file string
		e.POST(path, func(c *echo.Context) error {
			if err := c.Request().ParseMultipartForm(1); err != nil {
				return err
			}
			opened, err := c.Request().MultipartForm.File["file"][0].Open()
			if err != nil {
				return err
			}
			file = opened.(*os.File).Name()
			return opened.Close()
		})
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "large.bin")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(make([]byte, 11<<20)); err != nil {
			t.Fatal(err)
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(e)
		got := httpservertest.Send(t, http.MethodPost, server.URL+path, io.Reader(&body), "Content-Type", form.FormDataContentType())
		server.Close()
		if got.StatusCode != http.StatusOK || file == "" {
			t.Fatalf("got %d and file %q, want 200 and a file", got.StatusCode, file)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("%s: got %v, want it removed", file, err)
		}
	}
}

func TestOptionsSetNameAndAttributes(t *testing.T) {
	e, rec := newApp(t,
		WithSpanName(func(c *echo.Context) string { return "user " + c.Param("id") }),
		WithAttributes(func(c *echo.Context) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("user", c.Param("id")), attribute.String("role", c.Get("role").(string))}
		}))
	e.GET("/users/:id", func(c *echo.Context) error {
		c.Set("role", "admin")
		if c.Param("id") == "2" {
			return errBoom
		}
		return nil
	})
	url := httpservertest.Start(t, e)
	for _, id := range []string{"1", "2"} {
		get(t, url+"/users/"+id)
		httpservertest.Expect(t, rec.Named("user "+id), map[string]any{"http.route": "/users/:id", "user": id, "role": "admin"})
	}
}

func TestNilSourcePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic")
		}
	}()
	Middleware(nil)
}
