package httpserver_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/suppress"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestExcludedRequestRecordsNothing(t *testing.T) {
	for name, headers := range map[string][]string{
		"root":           nil,
		"sampled caller": {"traceparent", traceparent, "tracestate", "a=1", "baggage", "user=42"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
			ctx, x := instrument(t, r).Start(t.Context(), newRequest("/healthz", headers...))
			if x.Observed() {
				t.Error("an excluded exchange is observed")
			}
			if !suppress.Active(ctx) {
				t.Error("the context is not suppressed")
			}
			for range 3 {
				var child trace.Span
				ctx, child = r.Tracer().Start(ctx, "child")
				child.End()
			}
			outgoing := propagation.MapCarrier{}
			r.Propagator().Inject(ctx, outgoing)
			if got := outgoing["traceparent"]; len(got) != 55 || !strings.HasSuffix(got, "-00") {
				t.Errorf("got outgoing traceparent %q, want an unsampled one", got)
			}
			if headers != nil {
				if !strings.Contains(outgoing["traceparent"], callerTraceID) || outgoing["tracestate"] != "a=1" {
					t.Errorf("got %v passed on, want the caller's trace", outgoing)
				}
				if baggage.FromContext(ctx).Member("user").Value() != "42" {
					t.Error("the caller's baggage was lost")
				}
			}
			x.End(successOutcome())
			if ended := r.Ended(); len(ended) != 0 {
				t.Errorf("got spans %q, want none", httpservertest.Names(ended))
			}
			for _, name := range metricNames {
				if points := r.Points(name); len(points) != 0 {
					t.Errorf("got %s points %v, want none", name, points)
				}
			}
		})
	}
}

// TestExclusionRules proves which requests each form of an exclusion rule matches.
func TestExclusionRules(t *testing.T) {
	rules := []string{"healthz,metrics", "docs", "POST /hook", "agent:kube-probe/"}
	tests := []struct {
		method, path string
		headers      []string
		excluded     bool
	}{
		{"GET", "/healthz", nil, true},
		{"GET", "/docs/oauth2", nil, true},
		{"GET", "/%68ealthz", nil, true},
		{"GET", "/healthzz", nil, false},
		{"GET", "/process/docs", nil, false},
		{"GET", "/process%2Fdocs", nil, false},
		{"GET", "/x?q=/healthz", nil, false},
		{"GET", "/x", []string{"Host", "metrics.example.com"}, false},
		{"POST", "/hook", nil, true},
		{"GET", "/hook", nil, false},
		{"GET", "/x", []string{"User-Agent", "kube-probe/1.31"}, true},
		{"GET", "/x", []string{"User-Agent", "curl/8 kube-probe/1.31"}, false},
		{"GET", "/%zz", nil, false},
	}
	r := httpservertest.New(t, httpserver.Config{Exclude: rules})
	instrumentation := instrument(t, r)
	for _, test := range tests {
		req := newRequest(test.path, test.headers...)
		req.Method, req.Host = test.method, "metrics.example.com"
		_, x := instrumentation.Start(t.Context(), req)
		if x.Observed() == test.excluded {
			t.Errorf("%s %s %v: excluded %v, want %v", test.method, test.path, test.headers, !x.Observed(), test.excluded)
		}
		x.End(successOutcome())
	}
}

// TestExclusionVariables proves that the general variable replaces the rules of the option,
// and that a framework's variable replaces both.
func TestExclusionVariables(t *testing.T) {
	tests := []struct {
		name                         string
		generalRules, frameworkRules string
		want                         map[string]bool
	}{
		{"option", "", "", map[string]bool{"/option": true, "/general": false, "/own": false}},
		{"general", "general", "", map[string]bool{"/option": false, "/general": true, "/own": false}},
		{"framework", "", "own", map[string]bool{"/option": false, "/own": true}},
		{"framework and general", "general", "own,~^/a{1,2}$", map[string]bool{"/option": false, "/general": false, "/own": true, "/aa": true, "/aaa": false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("OTEL_GO_EXCLUDED_URLS", test.generalRules)
			t.Setenv("OTEL_GO_GIN_EXCLUDED_URLS", test.frameworkRules)
			t.Setenv("OTEL_GO_ECHO_EXCLUDED_URLS", "echo-only")
			r := httpservertest.New(t, httpserver.Config{Exclude: []string{"option"}})
			instrumentation := instrument(t, r)
			test.want["/echo-only"] = false
			for path, want := range test.want {
				_, x := instrumentation.Start(t.Context(), newRequest(path))
				if x.Observed() == want {
					t.Errorf("%s: excluded %v, want %v", path, !x.Observed(), want)
				}
				x.End(successOutcome())
			}
		})
	}
}

func TestExclusionVariableDependsOnFrameworkName(t *testing.T) {
	t.Setenv("OTEL_GO_CHI_EXCLUDED_URLS", "own")
	t.Setenv("OTEL_GO_FASTHTTP2_EXCLUDED_URLS", "two")
	t.Setenv("OTEL_GO_NET_HTTP_EXCLUDED_URLS", "~(") // ignored, since no framework's name has an underscore
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"general"}})
	for _, test := range []struct{ name, excluded, observed string }{
		{"chi", "/own", "/general"},
		{"Chi", "/own", "/general"},
		{"fasthttp2", "/two", "/general"},
		{"buffalo", "/general", "/own"},
		{"", "/general", "/own"},
	} {
		instrumentation, err := r.Instrument(httpserver.Framework{Name: test.name, Scope: "example.com/" + test.name})
		if err != nil {
			t.Fatal(err)
		}
		_, excluded := instrumentation.Start(t.Context(), newRequest(test.excluded))
		_, observed := instrumentation.Start(t.Context(), newRequest(test.observed))
		if excluded.Observed() || !observed.Observed() {
			t.Errorf("%q: %s excluded %v, %s excluded %v, want the first alone", test.name, test.excluded, !excluded.Observed(), test.observed, !observed.Observed())
		}
		observed.End(successOutcome())
		if _, also := r.Exclude(t.Context(), test.name, newRequest(test.excluded)); !also {
			t.Errorf("%q: Exclude does not exclude %s", test.name, test.excluded)
		}
	}
}

func TestInstrumentRefusesInvalidFrameworkName(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	for _, name := range []string{"net/http", "go-chi", "go_chi", " gin", "gin=", "éch", "\xff"} {
		_, err := r.Instrument(httpserver.Framework{Name: name, Scope: "example.com"})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) || !strings.Contains(err.Error(), "letters and digits") {
			t.Errorf("%q: got error %v, want one that names it and says what is right", name, err)
		}
	}
}

// TestReusedRequestIsMatchedAgain proves that Start matches the exclusion rules with the
// current path of a Request, even if an earlier Start has used the same Request.
func TestReusedRequestIsMatchedAgain(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
	instrumentation := instrument(t, r)
	req := newRequest("/healthz")
	for _, test := range []struct {
		path     string
		observed bool
	}{{"/healthz", false}, {"/process", true}, {"/healthz", false}} {
		req.Path = test.path
		_, x := instrumentation.Start(t.Context(), req)
		if x.Observed() != test.observed {
			t.Errorf("%s: observed %v, want %v", test.path, x.Observed(), test.observed)
		}
		x.End(successOutcome())
	}
}

func TestContextOfRecordedRequestIsNotSuppressed(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	ctx, x := instrument(t, r).Start(t.Context(), newRequest("/"))
	defer x.End(successOutcome())
	if suppress.Active(t.Context()) || suppress.Active(ctx) {
		t.Error("a context that is not excluded counts as suppressed")
	}
}

func TestSuppressedContextIsUnsampled(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	open, span := r.Tracer().Start(t.Context(), "open")
	for name, ctx := range map[string]context.Context{"under a span": open, "under none": t.Context()} {
		suppressed := suppress.Context(ctx)
		sc := trace.SpanContextFromContext(suppressed)
		if !suppress.Active(suppressed) || !sc.IsValid() || sc.IsSampled() {
			t.Errorf("%s: got a context that is suppressed: %v, with %+v, want an unsampled one", name, suppress.Active(suppressed), sc)
		}
		if ctx == open && sc.TraceID() != span.SpanContext().TraceID() {
			t.Errorf("%s: got trace %v, want %v", name, sc.TraceID(), span.SpanContext().TraceID())
		}
		_, child := r.Tracer().Start(suppressed, "child")
		if child.IsRecording() {
			t.Errorf("%s: a span is recorded", name)
		}
	}
}

func TestEngineExcludeAppliesRules(t *testing.T) {
	t.Setenv("OTEL_GO_GIN_EXCLUDED_URLS", "own")
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz", "agent:kube-probe/"}})
	tests := []struct {
		framework, path string
		headers         []string
		excluded        bool
	}{
		{"echo", "/healthz", []string{"traceparent", traceparent, "baggage", "user=42"}, true},
		{"echo", "/healthz/live", nil, true},
		{"echo", "/healthzz", []string{"traceparent", traceparent}, false},
		{"echo", "/x", []string{"User-Agent", "kube-probe/1.31"}, true},
		{"gin", "/own", nil, true},
		{"gin", "/healthz", nil, false},
		{"chi", "/healthz", nil, true},
	}
	for _, test := range tests {
		req := newRequest(test.path, test.headers...)
		ctx, excluded := r.Exclude(t.Context(), test.framework, req)
		if excluded != test.excluded || suppress.Active(ctx) != test.excluded {
			t.Errorf("%s %s: got %v and a context that is suppressed %v, want %v", test.framework, test.path, excluded, suppress.Active(ctx), test.excluded)
		}
		if !excluded {
			if ctx != t.Context() {
				t.Errorf("%s %s: the context of a request that is not excluded is changed", test.framework, test.path)
			}
			continue
		}
		childCtx, child := r.Tracer().Start(ctx, "child")
		child.End()
		outgoing := propagation.MapCarrier{}
		r.Propagator().Inject(childCtx, outgoing)
		if got := outgoing["traceparent"]; !strings.HasSuffix(got, "-00") || len(test.headers) == 4 && !strings.Contains(got, callerTraceID) {
			t.Errorf("%s %s: got outgoing traceparent %q, want the caller's trace, unsampled", test.framework, test.path, got)
		}
		sameCtx, stillExcluded := r.Exclude(ctx, "echo", newRequest("/process/1"))
		if !stillExcluded || sameCtx != ctx {
			t.Error("a request under an excluded one is not excluded")
		}
	}
	if ended := r.Ended(); len(ended) != 0 {
		t.Errorf("got spans %q under excluded requests, want none", httpservertest.Names(ended))
	}
}

// TestRouteOfExcludedRequestIsNotLookedUp proves that
// [httpserver.Instrumentation.StartRouted] does not look up the route of an excluded
// request, since the lookup may be expensive.
func TestRouteOfExcludedRequestIsNotLookedUp(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
	instrumentation := instrument(t, r)
	lookups := 0
	route := func() string {
		lookups++
		return "/process/:item_id"
	}
	excludedCtx, x := instrumentation.StartRouted(t.Context(), newRequest("/healthz"), route)
	x.End(successOutcome())
	_, x = instrumentation.StartRouted(excludedCtx, newRequest("/process/1"), route)
	x.End(successOutcome())
	if lookups != 0 {
		t.Errorf("got %d lookups of the route for excluded requests, want none", lookups)
	}
	_, x = instrumentation.StartRouted(t.Context(), newRequest("/process/1"), route)
	x.End(successOutcome())
	if spans := r.Ended(); lookups != 1 || len(spans) != 1 || spans[0].Name() != "GET /process/:item_id" {
		t.Errorf("got %d lookups and spans %q, want one of GET /process/:item_id", lookups, httpservertest.Names(spans))
	}
}

// TestPredicatesOfConfigSeeTheRoute proves that PublicEndpoint and ExcludeFunc can read the
// route, even in excluded requests.
func TestPredicatesOfConfigSeeTheRoute(t *testing.T) {
	var routes []string
	see := func(req *httpserver.Request) bool {
		routes = append(routes, req.Route)
		return true
	}
	for name, config := range map[string]httpserver.Config{
		"PublicEndpoint": {Exclude: []string{"healthz"}, PublicEndpoint: see},
		"ExcludeFunc":    {ExcludeFunc: see},
	} {
		routes = nil
		_, x := instrument(t, httpservertest.New(t, config)).StartRouted(t.Context(), newRequest("/healthz"), func() string { return "/healthz" })
		x.End(successOutcome())
		if len(routes) != 1 || routes[0] != "/healthz" {
			t.Errorf("%s: got routes %q, want /healthz once", name, routes)
		}
	}
}
