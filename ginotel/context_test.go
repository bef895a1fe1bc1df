package ginotel_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestNilSourcePanics(t *testing.T) {
	for name, use := range map[string]func(){
		"Middleware": func() { ginotel.Middleware(nil) },
		"Use":        func() { ginotel.Use(gin.New(), nil) },
		"nil engine": func() { var nilEngine *httpserver.Engine; ginotel.Middleware(nilEngine) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				checkContains(t, "panic", fmt.Sprint(recover()), "source of telemetry is nil")
			}()
			use()
		})
	}
}

// recordSpan starts and ends a span with the given name in ctx, as an application would.
func recordSpan(ctx context.Context, rec *httpservertest.Recorder, name string) {
	_, span := rec.Tracer().Start(ctx, name)
	span.End()
}

func TestChildSpansHaveServerSpanAsParent(t *testing.T) {
	tests := []struct {
		name    string
		handler func(rec *httpservertest.Recorder, c *gin.Context)
	}{
		{"request's context", func(rec *httpservertest.Recorder, c *gin.Context) { recordSpan(c.Request.Context(), rec, "child") }},
		{"Gin's context", func(rec *httpservertest.Recorder, c *gin.Context) { recordSpan(c, rec, "child") }},
		{"derived from Gin's context", func(rec *httpservertest.Recorder, c *gin.Context) {
			ctx, cancel := context.WithCancel(c)
			defer cancel()
			recordSpan(ctx, rec, "child")
		}},
		{"copy", func(rec *httpservertest.Recorder, c *gin.Context) { recordSpan(c.Copy(), rec, "child") }},
		{"goroutine", func(rec *httpservertest.Recorder, c *gin.Context) {
			var wait sync.WaitGroup
			wait.Go(func() { recordSpan(c, rec, "child") })
			wait.Wait()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			ginotel.Use(r, rec, ginotel.WithContextFallback())
			r.Use(func(c *gin.Context) { recordSpan(c, rec, "before"); c.Next() })
			r.GET("/a/:b", func(c *gin.Context) { test.handler(rec, c) })
			serve(t, r).get("/a/1", "traceparent", callerTraceparent)
			server := rec.Named("GET /a/:b")
			if server.SpanKind() != trace.SpanKindServer {
				t.Errorf("got kind %v, want server", server.SpanKind())
			}
			for _, name := range []string{"before", "child"} {
				child := rec.Named(name)
				if child.Parent().SpanID() != server.SpanContext().SpanID() {
					t.Errorf("got parent %v of %s, want the server span", child.Parent().SpanID(), name)
				}
				if child.SpanContext().TraceID().String() != callerTraceID {
					t.Errorf("got trace %v of %s, want the caller's", child.SpanContext().TraceID(), name)
				}
			}
		})
	}
}

func TestBaggageReachesHandler(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	var fromGin, fromRequest string
	r := gin.New()
	ginotel.Use(r, rec, ginotel.WithContextFallback())
	r.GET("/", func(c *gin.Context) {
		fromGin = baggage.FromContext(c).Member("tenant").Value()
		fromRequest = baggage.FromContext(c.Request.Context()).Member("tenant").Value()
	})
	serve(t, r).get("/", "baggage", "tenant=blue")
	if fromGin != "blue" || fromRequest != "blue" {
		t.Errorf("got tenant %q from Gin's context and %q from the request's, want blue", fromGin, fromRequest)
	}
	rec.Only()
}

// TestContextCopyIsValidAfterResponse proves that a copy of Gin's context keeps the trace
// and the values of its request while Gin reuses the original context for other requests.
func TestContextCopyIsValidAfterResponse(t *testing.T) {
	const otherRequests = 1000
	rec := httpservertest.New(t, httpserver.Config{})
	resume, finished := make(chan struct{}), make(chan string, 1)
	r := gin.New()
	ginotel.Use(r, rec, ginotel.WithContextFallback())
	r.GET("/after/:id", func(c *gin.Context) {
		contextCopy, id, agent := c.Copy(), c.Param("id"), c.GetHeader("User-Agent")
		route := contextCopy.FullPath() // "" before Gin 1.10, where Copy does not copy the route
		go func() {
			<-resume
			recordSpan(contextCopy, rec, "after")
			recordSpan(context.WithoutCancel(contextCopy.Request.Context()), rec, "detached")
			finished <- fmt.Sprintf("id %s %s %s, route kept %t, %s", id, contextCopy.Param("id"), agent, contextCopy.FullPath() == route, baggage.FromContext(contextCopy).Member("tenant").Value())
		}()
	})
	r.GET("/other/:id", func(c *gin.Context) { recordSpan(c, rec, "other") })
	s := serve(t, r)
	s.get("/after/7", "traceparent", callerTraceparent, "User-Agent", "keeper", "baggage", "tenant=blue")
	for i := range otherRequests {
		s.get(fmt.Sprintf("/other/%d", i), "baggage", "tenant=red")
	}
	close(resume)
	if got, want := await(t, "end of the goroutine", finished), "id 7 7 keeper, route kept true, blue"; got != want {
		t.Errorf("got values %q after the response, want %q", got, want)
	}
	server := rec.Named("GET /after/:id")
	for _, name := range []string{"after", "detached"} {
		span := rec.Named(name)
		if span.SpanContext().TraceID().String() != callerTraceID || span.Parent().SpanID() != server.SpanContext().SpanID() {
			t.Errorf("got %s in trace %v under %v, want it under the server span", name, span.SpanContext().TraceID(), span.Parent().SpanID())
		}
	}
}

func TestConcurrentRequestsKeepTheirTraces(t *testing.T) {
	const clients, requestsPerClient = 64, 5
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec, ginotel.WithContextFallback())
	r.GET("/:id", func(c *gin.Context) {
		_, span := rec.Tracer().Start(c, "child", trace.WithAttributes(attribute.String("id", c.Param("id"))))
		span.End()
	})
	s := serve(t, r)
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			for request := range requestsPerClient {
				id := fmt.Sprintf("%032x", 1+client*requestsPerClient+request)
				if _, err := s.trySend(http.MethodGet, "/"+id, nil, "traceparent", "00-"+id+"-b7ad6b7169203331-01"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	spans := rec.Ended()
	if len(spans) != 2*clients*requestsPerClient {
		t.Fatalf("got %d spans, want %d", len(spans), 2*clients*requestsPerClient)
	}
	for _, span := range spans {
		if id := attributeOf(span, "id"); id != nil && id != span.SpanContext().TraceID().String() {
			t.Errorf("got child of request %v in trace %v", id, span.SpanContext().TraceID())
		}
	}
}

func TestUnsampledCallerRecordsNoSpans(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	var flags trace.TraceFlags
	r := gin.New()
	ginotel.Use(r, rec, ginotel.WithContextFallback())
	r.GET("/", func(c *gin.Context) { flags = trace.SpanContextFromContext(c).TraceFlags() })
	serve(t, r).get("/", "traceparent", unsampledTraceparent)
	if spans := rec.Ended(); len(spans) != 0 || flags.IsSampled() {
		t.Errorf("got spans %q and flags %v, want none and unsampled", httpservertest.Names(spans), flags)
	}
	checkOnePoint(t, rec)
}

func TestSeveralMiddlewaresRecordOneSpan(t *testing.T) {
	tests := []struct {
		name  string
		setUp func(rec *httpservertest.Recorder) *gin.Engine
		route string
	}{
		{"twice", func(rec *httpservertest.Recorder) *gin.Engine {
			r := gin.New()
			ginotel.Use(r, rec)
			ginotel.Use(r, rec)
			r.GET("/a/:b", respondOK)
			return r
		}, "/a/:b"},
		{"engine and group", func(rec *httpservertest.Recorder) *gin.Engine {
			r := gin.New()
			ginotel.Use(r, rec)
			r.Group("/a", ginotel.Middleware(rec)).GET("/:b", respondOK)
			return r
		}, "/a/:b"},
		{"engine in an engine", func(rec *httpservertest.Recorder) *gin.Engine {
			inner, r := gin.New(), gin.New()
			ginotel.Use(inner, rec)
			inner.GET("/a/:b", respondOK)
			ginotel.Use(r, rec)
			r.Any("/*rest", gin.WrapH(inner))
			return r
		}, "/a/:b"},
		{"engine in an engine, prefix stripped", func(rec *httpservertest.Recorder) *gin.Engine {
			inner, r := gin.New(), gin.New()
			ginotel.Use(inner, rec)
			inner.GET("/:b", respondOK)
			ginotel.Use(r, rec)
			r.Any("/a/*rest", gin.WrapH(http.StripPrefix("/a", inner)))
			return r
		}, "/a/:b"},
		{"error recorded in an engine in an engine", func(rec *httpservertest.Recorder) *gin.Engine {
			inner, r := gin.New(), gin.New()
			ginotel.Use(inner, rec)
			inner.GET("/a/:b", recordError)
			ginotel.Use(r, rec)
			r.Any("/*rest", gin.WrapH(inner))
			return r
		}, "/a/:b"},
		{"error recorded inside", func(rec *httpservertest.Recorder) *gin.Engine {
			r := gin.New()
			ginotel.Use(r, rec)
			r.Use(func(c *gin.Context) { c.Next(); c.String(200, "rendered") })
			ginotel.Use(r, rec)
			r.GET("/a/:b", recordError)
			return r
		}, "/a/:b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			serve(t, test.setUp(rec)).get("/a/1", "traceparent", callerTraceparent)
			span := rec.Only()
			wantSpan{name: "GET " + test.route, route: test.route, status: int64(200)}.check(t, span)
			checkOnePoint(t, rec)
		})
	}
}
