package conventions

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/fiberotel"
	fiber3otel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// The trace context of a sampled caller.
const (
	callerTraceID     = "0af7651916cd43dd8448eb211c80319c"
	callerTraceparent = "00-" + callerTraceID + "-b7ad6b7169203331-01"
)

// attributeHooks are functions that return attributes. The functions of appStarters
// configure the adapter with each hook that is not nil. A hook calls its parameter header to
// get the value of a request header.
type attributeHooks struct {
	startAttributes, metricAttributes func(header func(string) string) []attribute.KeyValue
}

// appStarters maps each adapter to a function that starts an application with that adapter.
// GET /orders/{id} responds with the result of answer, which is called with the handler's
// context.
var appStarters = map[string]func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string{
	"nethttpotel": func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
		var options []nethttpotel.Option
		if h.startAttributes != nil {
			options = append(options, nethttpotel.WithStartAttributes(func(r *http.Request) []attribute.KeyValue { return h.startAttributes(r.Header.Get) }))
		}
		if h.metricAttributes != nil {
			options = append(options, nethttpotel.WithMetricAttributes(func(r *http.Request) []attribute.KeyValue { return h.metricAttributes(r.Header.Get) }))
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, answer(r.Context())) })
		return serveHTTP(t, nethttpotel.Middleware(src, options...)(mux))
	},
	"ginotel": func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
		var options []ginotel.Option
		if h.startAttributes != nil {
			options = append(options, ginotel.WithStartAttributes(func(c *gin.Context) []attribute.KeyValue { return h.startAttributes(c.GetHeader) }))
		}
		if h.metricAttributes != nil {
			options = append(options, ginotel.WithMetricAttributes(func(c *gin.Context) []attribute.KeyValue { return h.metricAttributes(c.GetHeader) }))
		}
		r := gin.New()
		ginotel.Use(r, src, options...)
		r.GET("/orders/:id", func(c *gin.Context) { c.String(http.StatusOK, "%s", answer(c.Request.Context())) })
		return serveHTTP(t, r)
	},
	"echootel": func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
		var options []echootel.Option
		if h.startAttributes != nil {
			options = append(options, echootel.WithStartAttributes(func(c echo.Context) []attribute.KeyValue { return h.startAttributes(c.Request().Header.Get) }))
		}
		if h.metricAttributes != nil {
			options = append(options, echootel.WithMetricAttributes(func(c echo.Context) []attribute.KeyValue { return h.metricAttributes(c.Request().Header.Get) }))
		}
		e := echo.New()
		e.Use(echootel.Middleware(src, options...))
		e.GET("/orders/:id", func(c echo.Context) error { return c.String(http.StatusOK, answer(c.Request().Context())) })
		return serveHTTP(t, e)
	},
	"echootel/echo5": func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
		var options []echo5otel.Option
		if h.startAttributes != nil {
			options = append(options, echo5otel.WithStartAttributes(func(c *echo5.Context) []attribute.KeyValue { return h.startAttributes(c.Request().Header.Get) }))
		}
		if h.metricAttributes != nil {
			options = append(options, echo5otel.WithMetricAttributes(func(c *echo5.Context) []attribute.KeyValue { return h.metricAttributes(c.Request().Header.Get) }))
		}
		e := echo5.New()
		e.Use(echo5otel.Middleware(src, options...))
		e.GET("/orders/:id", func(c *echo5.Context) error { return c.String(http.StatusOK, answer(c.Request().Context())) })
		return serveHTTP(t, e)
	},
	"fiberotel": func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
		var options []fiberotel.Option
		if h.startAttributes != nil {
			options = append(options, fiberotel.WithStartAttributes(func(c *fiber.Ctx) []attribute.KeyValue {
				return h.startAttributes(func(name string) string { return c.Get(name) })
			}))
		}
		if h.metricAttributes != nil {
			options = append(options, fiberotel.WithMetricAttributes(func(c *fiber.Ctx) []attribute.KeyValue {
				return h.metricAttributes(func(name string) string { return c.Get(name) })
			}))
		}
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Use(fiberotel.Middleware(src, options...))
		app.Get("/orders/:id", func(c *fiber.Ctx) error { return c.SendString(answer(c.UserContext())) })
		ln := listen(t)
		go func() { _ = app.Listener(ln) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return ln.Addr().String()
	},
	"fiberotel/fiber3": func(t *testing.T, src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
		var options []fiber3otel.Option
		if h.startAttributes != nil {
			options = append(options, fiber3otel.WithStartAttributes(func(c fiber3.Ctx) []attribute.KeyValue {
				return h.startAttributes(func(name string) string { return c.Get(name) })
			}))
		}
		if h.metricAttributes != nil {
			options = append(options, fiber3otel.WithMetricAttributes(func(c fiber3.Ctx) []attribute.KeyValue {
				return h.metricAttributes(func(name string) string { return c.Get(name) })
			}))
		}
		app := fiber3.New()
		app.Use(fiber3otel.Middleware(src, options...))
		app.Get("/orders/:id", func(c fiber3.Ctx) error { return c.SendString(answer(c.Context())) })
		ln := listen(t)
		go func() { _ = app.Listener(ln, fiber3.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return ln.Addr().String()
	},
}

// forEachApp runs the test with the application of every adapter.
func forEachApp(t *testing.T, test func(t *testing.T, serve func(src httpserver.Source, h attributeHooks, answer func(context.Context) string) string)) {
	t.Helper()
	for name, serve := range appStarters {
		t.Run(name, func(t *testing.T) {
			test(t, func(src httpserver.Source, h attributeHooks, answer func(context.Context) string) string {
				return serve(t, src, h, answer)
			})
		})
	}
}

// sendAsCaller sends a request with the traceparent of a sampled caller. headers has the
// names and values of other header fields, alternating.
func sendAsCaller(t *testing.T, address string, headers ...string) (body string, responseHeader http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/orders/7", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Traceparent", callerTraceparent)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", response.StatusCode, err)
	}
	return string(read), response.Header
}

// errorRecorder is an error handler that records the messages of the errors that an engine
// reports.
type errorRecorder struct {
	mu       sync.Mutex
	messages []string
}

func (p *errorRecorder) Handle(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, err.Error())
}

// wantOneReport checks that exactly one error was reported, and that its message contains
// the text want.
func (p *errorRecorder) wantOneReport(t *testing.T, want string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) != 1 || !strings.Contains(p.messages[0], want) {
		t.Errorf("got reported %q, want once %q", p.messages, want)
	}
}

var _ otel.ErrorHandler = (*errorRecorder)(nil)

// TestExcludeFuncPreventsRecording checks that nothing is recorded for a request that an
// ExcludeFunc excludes, not even child spans, and that other requests are recorded.
func TestExcludeFuncPreventsRecording(t *testing.T) {
	forEachApp(t, func(t *testing.T, serve func(httpserver.Source, attributeHooks, func(context.Context) string) string) {
		var mu sync.Mutex
		var asked []httpserver.Request
		rec := httpservertest.New(t, httpserver.Config{ExcludeFunc: func(r *httpserver.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, *r)
			return r.Header.Get("x-tenant") == "internal"
		}})
		address := serve(rec, attributeHooks{}, rec.Child)
		if body, _ := sendAsCaller(t, address, "X-Tenant", "internal"); body != "00-"+callerTraceID+body[35:53]+"00" {
			t.Errorf("got a call that carries %q under an excluded request, want the caller's trace, not sampled", body)
		}
		if spans, points := rec.Ended(), rec.Points("http.server.request.duration"); len(spans)+len(points) != 0 {
			t.Errorf("got spans %q and %d points of an excluded request", httpservertest.Names(spans), len(points))
		}
		if body, _ := sendAsCaller(t, address, "X-Tenant", "acme", "User-Agent", "test/1"); !strings.HasSuffix(body, "-01") {
			t.Errorf("got a call that carries %q, want a sampled one", body)
		}
		if spans, points := rec.Ended(), rec.Points("http.server.request.duration"); len(spans) != 2 || len(points) != 1 {
			t.Errorf("got spans %q and %d points, want the server's and the child's, and one", httpservertest.Names(spans), len(points))
		}
		mu.Lock()
		defer mu.Unlock()
		if len(asked) != 2 {
			t.Fatalf("the function was asked %d times, want once for each of 2 requests", len(asked))
		}
		if r := asked[1]; r.Method != http.MethodGet || r.Path != "/orders/7" || r.UserAgent != "test/1" || r.Host != address || r.PeerAddress != "127.0.0.1" || r.Protocol != "1.1" {
			t.Errorf("the function was given %+v", r)
		}
	})
}

// brokenPropagator is a propagator that panics in every request.
type brokenPropagator struct{ propagation.TextMapPropagator }

func (brokenPropagator) Fields() []string { return []string{"x-trace"} }

func (brokenPropagator) Extract(context.Context, propagation.TextMapCarrier) context.Context {
	panic("broken")
}

// TestPanicInHookIsReportedOnce checks that a panic in a hook is reported once, and
// affects neither the response nor the telemetry of the request.
func TestPanicInHookIsReportedOnce(t *testing.T) {
	panics := func(func(string) string) []attribute.KeyValue { panic("broken") }
	for name, test := range map[string]struct {
		config httpserver.Config
		hooks  attributeHooks
		want   string
	}{
		"ExcludeFunc":       {config: httpserver.Config{ExcludeFunc: func(*httpserver.Request) bool { panic("broken") }}, want: "the ExcludeFunc hook panicked"},
		"Propagator":        {config: httpserver.Config{Propagator: brokenPropagator{}}, want: "the Propagator hook panicked"},
		"start attributes":  {hooks: attributeHooks{startAttributes: panics}, want: "the start attributes hook panicked"},
		"metric attributes": {hooks: attributeHooks{metricAttributes: panics}, want: "the metric attributes hook panicked"},
	} {
		t.Run(name, func(t *testing.T) {
			forEachApp(t, func(t *testing.T, serve func(httpserver.Source, attributeHooks, func(context.Context) string) string) {
				reported := new(errorRecorder)
				config := test.config
				config.ErrorHandler = reported
				rec := httpservertest.New(t, config)
				address := serve(rec, test.hooks, func(context.Context) string { return "answer" })
				for range 2 {
					if body, _ := sendAsCaller(t, address); body != "answer" {
						t.Errorf("got %q", body)
					}
				}
				if spans := rec.Ended(); len(spans) != 2 || httpservertest.Attribute(spans[0], "http.response.status_code") != int64(200) {
					t.Errorf("got spans %q, want two whole ones", httpservertest.Names(spans))
				}
				if points := rec.Points("http.server.request.duration"); len(points) != 1 || points[0].Count != 2 {
					t.Errorf("got %+v, want two measurements", points)
				}
				reported.wantOneReport(t, test.want)
			})
		})
	}
}

// TestMetricsHaveAttributesOfHook checks that the metrics of a request have the
// attributes that the hook returns. The values must stay the same when the framework
// reuses its buffers. An attribute of the conventions takes precedence over one of the
// hook with the same name. Spans and the metric http.server.active_requests must not have
// the hook's attributes.
func TestMetricsHaveAttributesOfHook(t *testing.T) {
	forEachApp(t, func(t *testing.T, serve func(httpserver.Source, attributeHooks, func(context.Context) string) string) {
		rec := httpservertest.New(t, httpserver.Config{})
		address := serve(rec, attributeHooks{metricAttributes: func(header func(string) string) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("tenant", header("X-Tenant")), attribute.String("http.request.method", "MINE")}
		}}, func(context.Context) string { return "answer" })
		tenants := []string{"acme-1", "acme-2", "acme-3"}
		for _, tenant := range tenants {
			sendAsCaller(t, address, "X-Tenant", tenant)
		}
		for _, metric := range []string{"http.server.request.duration", "http.server.response.body.size"} {
			counts := make(map[any]uint64)
			for _, point := range rec.Points(metric) {
				counts[point.Attributes["tenant"]] += point.Count
				if point.Attributes["http.request.method"] != "GET" || point.Attributes["http.response.status_code"] != int64(200) {
					t.Errorf("%s: got %v, want the conventions' attributes", metric, point.Attributes)
				}
			}
			for _, tenant := range tenants {
				if counts[tenant] != 1 || len(counts) != len(tenants) {
					t.Errorf("%s: got measurements by tenant %v, want one of each of %q", metric, counts, tenants)
				}
			}
		}
		for _, point := range rec.Points("http.server.active_requests") {
			if _, ok := point.Attributes["tenant"]; ok {
				t.Errorf("active requests have %v, want none of the hook's", point.Attributes)
			}
		}
		for _, span := range rec.Ended() {
			if httpservertest.Attribute(span, "tenant") != nil {
				t.Errorf("the span has %v", span.Attributes())
			}
		}
	})
}

// recordingSampler is a sampler that samples every span and records the attributes that
// it gets.
type recordingSampler struct {
	mu            sync.Mutex
	attributeSets [][]attribute.KeyValue
}

func (s *recordingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attributeSets = append(s.attributeSets, append([]attribute.KeyValue(nil), p.Attributes...))
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample, Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState()}
}

func (s *recordingSampler) Description() string { return "recording" }

// TestSamplersAndSpansGetAttributesOfHook checks that samplers and spans get the
// attributes of the hook in addition to those of the conventions. The values must stay
// the same when the framework reuses its buffers.
func TestSamplersAndSpansGetAttributesOfHook(t *testing.T) {
	forEachApp(t, func(t *testing.T, serve func(httpserver.Source, attributeHooks, func(context.Context) string) string) {
		sampler := new(recordingSampler)
		rec := httpservertest.NewSampled(t, httpserver.Config{Exclude: []string{"agent:probe"}}, sampler)
		asked := 0
		address := serve(rec, attributeHooks{startAttributes: func(header func(string) string) []attribute.KeyValue {
			asked++
			return []attribute.KeyValue{attribute.String("tenant", header("X-Tenant"))}
		}}, func(context.Context) string { return "answer" })
		sendAsCaller(t, address, "X-Tenant", "nobody", "User-Agent", "probe/1")
		for i := range 3 {
			sendAsCaller(t, address, "X-Tenant", fmt.Sprint("acme-", i))
		}
		spans := rec.Ended()
		sampler.mu.Lock()
		defer sampler.mu.Unlock()
		if len(spans) != 3 || len(sampler.attributeSets) != 3 || asked != 3 {
			t.Fatalf("got %d spans, %d questions to the sampler and %d to the hook, want 3 of each and none for what is excluded", len(spans), len(sampler.attributeSets), asked)
		}
		for i, span := range spans {
			want := fmt.Sprint("acme-", i)
			seen := attribute.NewSet(sampler.attributeSets[i]...)
			if tenant, _ := seen.Value("tenant"); tenant.AsString() != want || httpservertest.Attribute(span, "tenant") != want {
				t.Errorf("request %d: the sampler saw %v, the span has %v, want the tenant %s", i, sampler.attributeSets[i], span.Attributes(), want)
			}
			if path, _ := seen.Value("url.path"); path.AsString() != "/orders/7" {
				t.Errorf("request %d: the sampler saw %v, want the conventions' too", i, sampler.attributeSets[i])
			}
		}
	})
}

// TestResponseHasTraceContextOnlyWithOption checks that the response has the header
// traceresponse with the ids of the server span, but only if the option is set and the
// request is not excluded.
func TestResponseHasTraceContextOnlyWithOption(t *testing.T) {
	forEachApp(t, func(t *testing.T, serve func(httpserver.Source, attributeHooks, func(context.Context) string) string) {
		answer := func(context.Context) string { return "answer" }
		rec := httpservertest.New(t, httpserver.Config{ResponseTraceContext: true, Exclude: []string{"agent:probe"}})
		address := serve(rec, attributeHooks{}, answer)
		_, header := sendAsCaller(t, address)
		sc := rec.Only().SpanContext()
		if got, want := header.Values("traceresponse"), "00-"+sc.TraceID().String()+"-"+sc.SpanID().String()+"-01"; len(got) != 1 || got[0] != want {
			t.Errorf("got traceresponse %q, want %q", got, want)
		}
		_, header = sendAsCaller(t, address, "Traceparent", strings.TrimSuffix(callerTraceparent, "01")+"00")
		if got := header.Get("traceresponse"); !strings.HasPrefix(got, "00-"+callerTraceID+"-") || !strings.HasSuffix(got, "-00") || strings.Contains(got, "b7ad6b7169203331") {
			t.Errorf("got traceresponse %q, want the caller's trace, not sampled, with an id of the server's", got)
		}
		if _, header = sendAsCaller(t, address, "User-Agent", "probe/1"); header.Get("traceresponse") != "" {
			t.Errorf("got traceresponse %q of an excluded request", header.Get("traceresponse"))
		}
		if _, header = sendAsCaller(t, serve(httpservertest.New(t, httpserver.Config{}), attributeHooks{}, answer)); header.Get("traceresponse") != "" {
			t.Errorf("got traceresponse %q without the option", header.Get("traceresponse"))
		}
	})
}

// TestBaggageOfUntrustedCallerIsDropped checks that the baggage of an untrusted caller is
// dropped, unless the option to keep it is set. The trace is a new one in both cases.
func TestBaggageOfUntrustedCallerIsDropped(t *testing.T) {
	forEachApp(t, func(t *testing.T, serve func(httpserver.Source, attributeHooks, func(context.Context) string) string) {
		for _, keepBaggage := range []bool{false, true} {
			rec := httpservertest.New(t, httpserver.Config{PublicEndpoint: httpserver.AlwaysPublic, PublicBaggage: keepBaggage, Exclude: []string{"agent:probe"}})
			address := serve(rec, attributeHooks{}, func(ctx context.Context) string {
				return baggage.FromContext(ctx).String() + " " + trace.SpanContextFromContext(ctx).TraceID().String()
			})
			want := map[bool]string{false: "", true: "tenant=acme"}[keepBaggage]
			for _, agent := range []string{"browser", "probe/1"} {
				body, _ := sendAsCaller(t, address, "Baggage", "tenant=acme", "User-Agent", agent)
				got, traceID, _ := strings.Cut(body, " ")
				if got != want || traceID == callerTraceID {
					t.Errorf("kept %t, %s: got baggage %q in trace %s, want %q in a trace of its own", keepBaggage, agent, got, traceID, want)
				}
			}
			if links := rec.Only().Links(); len(links) != 1 || links[0].SpanContext.TraceID().String() != callerTraceID {
				t.Errorf("kept %t: got links %v, want one to the caller", keepBaggage, links)
			}
		}
	})
}
