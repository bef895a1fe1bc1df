package fiberotel_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/suppress"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// contextKey is the key of a value that a test stores in a context.
type contextKey struct{}

func TestChildSpansHaveServerSpanAsParent(t *testing.T) {
	startChild := func(r *httpservertest.Recorder, ctx context.Context) {
		_, span := r.Tracer().Start(ctx, "child")
		span.End()
	}
	tests := []struct {
		name     string
		register func(*fiber.App, *httpservertest.Recorder)
	}{
		{"request context", func(app *fiber.App, r *httpservertest.Recorder) {
			app.Get("/", func(c fiber.Ctx) error { startChild(r, c.Context()); return nil })
		}},
		{"Fiber's context", func(app *fiber.App, r *httpservertest.Recorder) {
			app.Get("/", func(c fiber.Ctx) error { startChild(r, c); return nil })
		}},
		{"fasthttp's context", func(app *fiber.App, r *httpservertest.Recorder) {
			app.Get("/", func(c fiber.Ctx) error { startChild(r, c.RequestCtx()); return nil })
		}},
		{"context derived from fasthttp's", func(app *fiber.App, r *httpservertest.Recorder) {
			app.Get("/", func(c fiber.Ctx) error {
				startChild(r, context.WithValue(c.RequestCtx(), contextKey{}, "value"))
				return nil
			})
		}},
		{"middleware after ours", func(app *fiber.App, r *httpservertest.Recorder) {
			app.Use(func(c fiber.Ctx) error { startChild(r, c.Context()); return c.Next() })
			app.Get("/", respondOK)
		}},
		{"goroutine", func(app *fiber.App, r *httpservertest.Recorder) {
			app.Get("/", func(c fiber.Ctx) error {
				ctx, done := c.Context(), make(chan struct{})
				go func() { defer close(done); startChild(r, ctx) }()
				<-done
				return nil
			})
		}},
		{"error handler", func(app *fiber.App, _ *httpservertest.Recorder) {
			app.Get("/", func(fiber.Ctx) error { return fiber.ErrConflict })
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r, fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
				startChild(r, c.Context())
				return fiber.DefaultErrorHandler(c, err)
			}})
			test.register(app, r)
			s := serve(t, app)
			req := s.Request("GET", "/", nil)
			req.Header.Set("traceparent", fibertest.Caller)
			s.Send(req)
			server, child := r.Named("GET /"), r.Named("child")
			if child.Parent().SpanID() != server.SpanContext().SpanID() || child.SpanContext().TraceID().String() != fibertest.CallerTrace {
				t.Errorf("got parent %v, want the server span %v", child.Parent(), server.SpanContext())
			}
			if !server.Parent().IsRemote() {
				t.Errorf("got the server span's parent %v, want the caller's", server.Parent())
			}
		})
	}
}

func TestBaggageReachesHandler(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/", func(c fiber.Ctx) error {
		return c.SendString(baggage.FromContext(c.Context()).Member("tenant").Value() + "," +
			baggage.FromContext(c.RequestCtx()).Member("tenant").Value())
	})
	s := serve(t, app)
	req := s.Request("GET", "/", nil)
	req.Header.Set("baggage", "tenant=a")
	if _, body := s.Send(req); body != "a,a" {
		t.Errorf("got baggage %q, want it in both contexts", body)
	}
	// The next request on the same connection must not have this baggage.
	if _, body := s.Do("GET", "/"); body != "," {
		t.Errorf("got baggage %q, want none", body)
	}
}

func TestRepeatedHeadersAreRead(t *testing.T) {
	for _, normalizingDisabled := range []bool{false, true} {
		t.Run(fmt.Sprint("DisableHeaderNormalizing=", normalizingDisabled), func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{CapturedRequestHeaders: []string{"X-Tenant", "X-Empty", "Host"}})
			app := instrumentedApp(r, fiber.Config{DisableHeaderNormalizing: normalizingDisabled})
			app.Get("/", respondOK)
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, "GET / HTTP/1.1", "Host: example.com:8080", "traceparent: "+fibertest.Caller, "tracestate: a=1",
				"TraceState: b=2", "x-tenant: one", "X-TENANT: two", "X-Empty:", "User-Agent: probe", "Connection: close")
			fibertest.Answer(t, reader)
			span := r.Named("GET /")
			if got := span.SpanContext().TraceState().String(); got != "a=1,b=2" {
				t.Errorf("got tracestate %q, want both headers in order", got)
			}
			if span.SpanContext().TraceID().String() != fibertest.CallerTrace {
				t.Errorf("got trace %v, want the caller's", span.SpanContext().TraceID())
			}
			for key, want := range map[string]any{
				"http.request.header.x-tenant": "[one two]", "http.request.header.x-empty": "[]", "http.request.header.host": "[example.com:8080]", "user_agent.original": "probe",
				"server.address": "example.com", "server.port": "8080",
			} {
				if got := fmt.Sprint(fibertest.Attr(span, key)); got != want {
					t.Errorf("got %s %v, want %v", key, got, want)
				}
			}
		})
	}
}

// TestResponseHeadersAreCaptured proves that the names of captured response headers are
// compared without regard to case, even if the app keeps the names as handlers set them.
func TestResponseHeadersAreCaptured(t *testing.T) {
	for _, normalizingDisabled := range []bool{false, true} {
		t.Run(fmt.Sprint("DisableHeaderNormalizing=", normalizingDisabled), func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{
				CapturedResponseHeaders: []string{"X-Answer", "Content-Type", "Set-Cookie", "X-None"}, UnsanitizedHeaders: true,
			})
			app := instrumentedApp(r, fiber.Config{DisableHeaderNormalizing: normalizingDisabled})
			app.Get("/", func(c fiber.Ctx) error {
				c.Response().Header.Add("x-answer", "one")
				c.Response().Header.Add("X-ANSWER", "two")
				c.Set("content-type", "text/css")
				c.Cookie(&fiber.Cookie{Name: "a", Value: "1", Path: "/", SameSite: "disabled"})
				c.Cookie(&fiber.Cookie{Name: "b", Value: "2", Path: "/", SameSite: "disabled"})
				return nil
			})
			serve(t, app).Do("GET", "/")
			for key, want := range map[string]any{
				"x-answer": "[one two]", "content-type": "[text/css]", "set-cookie": "[a=1; path=/ b=2; path=/]", "x-none": "<nil>",
			} {
				if got := fmt.Sprint(fibertest.Attr(r.Named("GET /"), "http.response.header."+key)); got != want {
					t.Errorf("got %s %v, want %v", key, got, want)
				}
			}
		})
	}
}

// TestCapturedResponseHeadersAreThoseSent proves that no header is captured that fasthttp does
// not send: neither the default Content-Type of a response without a body, nor a trailer.
func TestCapturedResponseHeadersAreThoseSent(t *testing.T) {
	for name, handler := range map[string]fiber.Handler{
		"body":       respondOK,
		"no content": func(c fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) },
		"redirect":   func(c fiber.Ctx) error { return c.Redirect().To("/a") },
		"nothing":    func(fiber.Ctx) error { return nil },
		"type without a body": func(c fiber.Ctx) error {
			c.Set("Content-Type", "text/css")
			return nil
		},
		"trailer": func(c fiber.Ctx) error {
			header := &c.Response().Header
			header.Set("X-Trailer", "after the body")
			if err := header.AddTrailer("X-Trailer"); err != nil {
				return err
			}
			return c.SendStream(strings.NewReader("body"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{CapturedResponseHeaders: []string{"Content-Type", "Content-Length", "Location", "X-Trailer"}})
			app := instrumentedApp(r)
			app.Get("/", handler)
			s := serve(t, app)
			s.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			resp, err := s.Client.Do(s.Request("GET", "/", nil))
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"content-type", "content-length", "location", "x-trailer"} {
				want := any(nil)
				if sent := resp.Header.Values(key); len(sent) > 0 {
					want = sent
				}
				if got := fibertest.Attr(r.Only(), "http.response.header."+key); !reflect.DeepEqual(got, want) {
					t.Errorf("got %s %v, want %v as sent", key, got, want)
				}
			}
		})
	}
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
	app := instrumentedApp(r)
	app.Get("/healthz", func(c fiber.Ctx) error {
		for _, ctx := range []context.Context{c.Context(), c, c.RequestCtx()} {
			_, span := r.Tracer().Start(ctx, "orphan")
			span.End()
			if !suppress.Active(ctx) {
				t.Errorf("%T is not suppressed", ctx)
			}
		}
		outgoing := propagation.MapCarrier{}
		r.Propagator().Inject(c.Context(), outgoing)
		return c.SendString(outgoing["traceparent"])
	})
	app.Get("/other", respondOK)
	s := serve(t, app)
	req := s.Request("GET", "/healthz", nil)
	req.Header.Set("traceparent", fibertest.Caller)
	_, body := s.Send(req)
	if len(body) != len(fibertest.Caller) || body[:35] != fibertest.Caller[:35] || body[len(body)-3:] != "-00" {
		t.Errorf("got an outgoing traceparent %q, want the caller's, not sampled", body)
	}
	if len(r.Ended()) != 0 || len(r.Points(fibertest.Duration)) != 0 || len(r.Points(fibertest.Active)) != 0 {
		t.Errorf("got spans %v or points, want none", httpservertest.Names(r.Ended()))
	}
	// The next request on the same connection must not be suppressed.
	s.Do("GET", "/other")
	r.Named("GET /other")
}

func TestMiddlewareRegisteredTwiceRecordsOneSpan(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(fiberotel.Middleware(r))
	app.Use("/api", fiberotel.Middleware(r))
	app.Get("/api/:id", fiberotel.Middleware(r), respondOK)
	serve(t, app).Do("GET", "/api/1")
	fibertest.CheckRoute(t, r, "GET", "/api/:id", 200)
}

// TestRestartedRoutingRecordsOneSpan proves that a request has one span if a handler
// restarts routing and the middleware runs again.
func TestRestartedRoutingRecordsOneSpan(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(func(c fiber.Ctx) error {
		err := c.Next()
		if c.Path() == "/old" {
			c.Path("/new")
			return c.RestartRouting()
		}
		return err
	})
	app.Use(fiberotel.Middleware(r))
	app.Get("/new", respondOK)
	serve(t, app).Do("GET", "/old")
	fibertest.CheckRoute(t, r, "GET", "/new", 200)
}

// TestRequestPassedToAnotherApp proves that a request has one span if a handler passes it to
// another app, as services with several domains do, and if both apps have the middleware. The
// span has the route of the other app, and is the parent of the spans of both apps' handlers.
func TestRequestPassedToAnotherApp(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	startChild := func(c fiber.Ctx, name string) {
		_, span := r.Tracer().Start(c.Context(), name)
		span.End()
	}
	subdomain := instrumentedApp(r)
	subdomain.Get("/items/:id", func(c fiber.Ctx) error {
		startChild(c, "inner")
		return c.SendStatus(fiber.StatusAccepted)
	})
	app := instrumentedApp(r)
	app.Use(func(c fiber.Ctx) error {
		subdomain.Handler()(c.RequestCtx())
		startChild(c, "outer")
		return nil
	})
	s := serve(t, app)
	for range 2 { // the second request must not have the context of the first one
		req := s.Request("GET", "/items/1", nil)
		req.Header.Set("traceparent", fibertest.Caller)
		if status, _ := s.Send(req); status != fiber.StatusAccepted {
			t.Errorf("got status %d, want 202", status)
		}
	}
	var got []string
	parents := make(map[trace.SpanID]bool)
	for _, span := range r.Ended() {
		got = append(got, span.Name())
		if span.SpanContext().TraceID().String() != fibertest.CallerTrace {
			t.Errorf("got %s in trace %v, want the caller's", span.Name(), span.SpanContext().TraceID())
		}
		if span.Name() == "GET /items/:id" {
			parents[span.SpanContext().SpanID()] = true
			if fibertest.Attr(span, "http.response.status_code") != int64(fiber.StatusAccepted) || !span.Parent().IsRemote() {
				t.Errorf("got attributes %v and parent %v", span.Attributes(), span.Parent())
			}
		}
	}
	if got := strings.Join(got, ","); got != "inner,outer,GET /items/:id,inner,outer,GET /items/:id" {
		t.Errorf("got spans %s", got)
	}
	for _, span := range r.Ended() {
		if span.Name() != "GET /items/:id" && !parents[span.Parent().SpanID()] {
			t.Errorf("got parent %v of %s, want the server span", span.Parent(), span.Name())
		}
	}
	for _, point := range r.Points(fibertest.Duration) {
		if point.Count != 2 {
			t.Errorf("got %d durations, want 2", point.Count)
		}
	}
}

// TestInnerHTTPHandlerRecordsOneSpan proves that a request has one span, with the inner
// route, if a net/http handler inside a Fiber handler is instrumented too.
func TestInnerHTTPHandlerRecordsOneSpan(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	inner, err := r.Instrument(httpserver.Framework{Name: "nethttp", Scope: "example.com/inner"})
	if err != nil {
		t.Fatal(err)
	}
	app := instrumentedApp(r)
	app.All("/mux/*", adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, exchange := inner.Start(req.Context(), &httpserver.Request{Method: req.Method, Path: req.URL.Path})
		defer exchange.End(httpserver.Outcome{Route: "/mux/{id}"})
		_, _ = w.Write([]byte("inner"))
	}))
	serve(t, app).Do("GET", "/mux/1")
	fibertest.CheckRoute(t, r, "GET", "/mux/{id}", 200)
}

// TestStreamReadsContext proves that a stream may use fasthttp's context, as a net/http handler
// in Fiber's adaptor does, while the middleware returns. The race detector reports an error if
// the middleware changes the user values of this context after the handlers.
func TestStreamReadsContext(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/stream", func(c fiber.Ctx) error {
		requestCtx := c.RequestCtx()
		requestCtx.SetBodyStreamWriter(func(w *bufio.Writer) {
			_, span := r.Tracer().Start(requestCtx, "event")
			span.End()
			_, _ = w.WriteString("event")
		})
		return nil
	})
	app.Get("/adapted", adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = w.Write([]byte("one"))
		if flusher, ok := w.(http.Flusher); ok { // older versions of fasthttp cannot flush
			flusher.Flush()
		}
		_, span := r.Tracer().Start(req.Context(), "event")
		span.End()
		_, _ = w.Write([]byte("two"))
	}))
	s := serve(t, app)
	for path, want := range map[string]string{"/stream": "event", "/adapted": "onetwo"} {
		if status, body := s.Do("GET", path); status != 200 || body != want {
			t.Errorf("%s: got %d %q", path, status, body)
		}
	}
	for _, span := range r.Ended() {
		if span.Name() == "event" && !span.Parent().IsValid() {
			t.Error("got a root span of the event, want a child of the server span")
		}
	}
	r.Named("GET /stream")
	r.Named("GET /adapted")
}

// TestContextIsValidAfterResponse proves that the context of a request, and the strings that
// the hooks return for this request, stay valid after the response, while fasthttp reuses
// the buffers of the request for 1,000 other requests.
func TestContextIsValidAfterResponse(t *testing.T) {
	const otherRequests = 1000
	r := httpservertest.New(t, httpserver.Config{CapturedRequestHeaders: []string{"X-Tenant"}, CapturedResponseHeaders: []string{"X-Answer"}})
	release := make(chan struct{})
	var goroutines sync.WaitGroup
	app := newApp()
	app.Use(fiberotel.Middleware(r, fiberotel.WithAttributes(func(c fiber.Ctx) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("user", c.Params("id"))}
	})))
	app.Get("/keep/:id", func(c fiber.Ctx) error {
		ctx, tenant := c.Context(), baggage.FromContext(c.Context())
		c.Set("X-Answer", c.Params("id"))
		goroutines.Go(func() {
			<-release
			ctx, span := r.Tracer().Start(ctx, "kept")
			defer span.End()
			if got := baggage.FromContext(ctx).Member("tenant").Value(); got != "tenant-keep" || tenant.Len() != 1 {
				t.Errorf("got baggage %q, want the baggage of the request", got)
			}
		})
		return nil
	})
	app.Get("/other/:id", func(c fiber.Ctx) error { return c.SendString(c.Params("id")) })
	s := serve(t, app)

	req := s.Request("GET", "/keep/first?key=value-first", nil)
	req.Header.Set("traceparent", fibertest.Caller)
	req.Header.Set("tracestate", "vendor=first")
	req.Header.Set("baggage", "tenant=tenant-keep")
	req.Header.Set("X-Tenant", "header-first")
	req.Header.Set("User-Agent", "agent-first")
	s.Send(req)

	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := range otherRequests / 4 {
				path := fmt.Sprintf("/other/%05d?key=other-%05d", client*otherRequests+i, i)
				req := s.Request("GET", path, nil)
				req.Header.Set("baggage", "tenant=tenant-none")
				req.Header.Set("X-Tenant", "header-other")
				req.Header.Set("User-Agent", "agent-other")
				if _, _, err := s.Try(req); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	close(release)
	goroutines.Wait()

	server, child := r.Named("GET /keep/:id"), r.Named("kept")
	if child.Parent().SpanID() != server.SpanContext().SpanID() || child.SpanContext().TraceID().String() != fibertest.CallerTrace {
		t.Errorf("got parent %v, want the server span %v", child.Parent(), server.SpanContext())
	}
	if got := child.SpanContext().TraceState().String(); got != "vendor=first" {
		t.Errorf("got tracestate %q", got)
	}
	for key, want := range map[string]any{
		"url.path": "/keep/first", "url.query": "key=value-first", "http.route": "/keep/:id",
		"user_agent.original": "agent-first", "user": "first",
		"http.request.header.x-tenant": []string{"header-first"}, "http.response.header.x-answer": []string{"first"},
	} {
		if got := fibertest.Attr(server, key); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %s %v, want %v", key, got, want)
		}
	}
	users := map[any]bool{}
	for _, span := range r.Ended() {
		if span.Name() == "GET /other/:id" {
			users[fibertest.Attr(span, "user")] = true
			if path := fibertest.Attr(span, "url.path"); path != fmt.Sprintf("/other/%v", fibertest.Attr(span, "user")) {
				t.Errorf("got path %v and user %v of one request", path, fibertest.Attr(span, "user"))
			}
		}
	}
	if len(users) != otherRequests {
		t.Errorf("got %d different users, want %d", len(users), otherRequests)
	}
}

// TestConcurrentRequestsKeepTheirTraces proves that the spans of a request are in the trace
// of the request's caller, even if other requests are in progress at the same time.
func TestConcurrentRequestsKeepTheirTraces(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/t/:trace", func(c fiber.Ctx) error {
		_, span := r.Tracer().Start(c.RequestCtx(), "child")
		span.End()
		return c.SendString(trace.SpanContextFromContext(c.Context()).TraceID().String())
	})
	s := serve(t, app)
	var clients sync.WaitGroup
	for client := range 64 {
		clients.Go(func() {
			for i := range 10 {
				id := fmt.Sprintf("%032x", client*100+i+1)
				req := s.Request("GET", "/t/"+id, nil)
				req.Header.Set("traceparent", "00-"+id+"-b7ad6b7169203331-01")
				if _, body, err := s.Try(req); err != nil || body != id {
					t.Errorf("got trace %s and %v, want %s", body, err, id)
				}
			}
		})
	}
	clients.Wait()
	for _, span := range r.Ended() {
		if span.Name() != "child" && fibertest.Attr(span, "url.path") != "/t/"+span.SpanContext().TraceID().String() {
			t.Errorf("got %v in trace %v", fibertest.Attr(span, "url.path"), span.SpanContext().TraceID())
		}
	}
}

// TestUserValuesAreKept proves that the middleware does not remove the user values of an
// application, and that the span has the right status even if the application clears all
// user values.
func TestUserValuesAreKept(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/", func(c fiber.Ctx) error {
		c.Locals("mine", "value")
		if c.Locals("mine") != "value" {
			t.Error("the application's own value is lost")
		}
		c.RequestCtx().ResetUserValues()
		return c.SendStatus(fiber.StatusCreated)
	})
	serve(t, app).Do("GET", "/")
	fibertest.CheckRoute(t, r, "GET", "/", 201)
}
