package httpserver_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestNestedRouteIsReported proves that the span has the route of the nested exchange, if there
// is one, after the prefix that the outer router has stripped.
func TestNestedRouteIsReported(t *testing.T) {
	tests := []struct {
		name                                         string
		outerPath, outerRoute, innerPath, innerRoute string
		want                                         string
	}{
		{"route of the inner alone", "/process/1", "", "/process/1", "/process/:id", "/process/:id"},
		{"more exact route of the inner", "/process/1", "/", "/process/1", "/process/:id", "/process/:id"},
		{"same route of both", "/process/1", "/process/:id", "/process/1", "/process/:id", "/process/:id"},
		{"route of the outer alone", "/process/1", "/process/{id}", "/process/1", "", "/process/{id}"},
		{"mounted under a stripped prefix", "/api/process/1", "/api/", "/process/1", "/process/:id", "/api/process/:id"},
		{"mounted under a stripped parameter", "/t1/process/1", "/{tenant}/", "/process/1", "/process/:id", "/{tenant}/process/:id"},
		{"unmatched", "/nothing", "", "/nothing", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			outerIn := instrument(t, r)
			innerIn, err := r.Instrument(httpserver.Framework{Name: "echo", Scope: "example.com/inner"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, outer := outerIn.Start(t.Context(), newRequest(test.outerPath))
			innerCtx, inner := innerIn.Start(ctx, newRequest(test.innerPath))
			if !inner.Nested() || outer.Nested() || innerCtx != ctx {
				t.Error("the inner exchange is not part of the outer one")
			}
			o := successOutcome()
			o.Route = test.innerRoute
			o.Attributes = func() []attribute.KeyValue { return []attribute.KeyValue{attribute.String("k", "v")} }
			inner.End(o)
			o = successOutcome()
			o.Route = test.outerRoute
			outer.End(o)

			span := r.Only()
			if got, _ := httpservertest.Attribute(span, "http.route").(string); got != test.want {
				t.Errorf("got route %q, want %q", got, test.want)
			}
			if httpservertest.Attribute(span, "k") != "v" {
				t.Error("the inner hook's attributes are lost")
			}
			if points := r.Points("http.server.request.duration"); len(points) != 1 || points[0].Count != 1 {
				t.Errorf("got points %v, want one measurement", points)
			}
		})
	}
}

// TestInnermostRouteIsReported proves that the span has the route of the innermost of several
// exchanges that are nested in each other, after the prefixes that the outer routers have
// stripped. Of several exchanges one after the other, it has the last route.
func TestInnermostRouteIsReported(t *testing.T) {
	type routed struct{ path, route string }
	tests := []struct {
		name string
		// routers are the outer router, the middle one and the innermost one.
		routers [3]routed
		want    string
	}{
		{"same path", [3]routed{{"/a/1", ""}, {"/a/1", "/*rest"}, {"/a/1", "/a/:id"}}, "/a/:id"},
		{"no route of the innermost", [3]routed{{"/a/1", ""}, {"/a/1", "/a/:id"}, {"/a/1", ""}}, "/a/:id"},
		{"no route of the middle", [3]routed{{"/a/1", "/"}, {"/a/1", ""}, {"/a/1", "/a/:id"}}, "/a/:id"},
		{"prefix stripped by the middle", [3]routed{{"/b/a/1", ""}, {"/b/a/1", "/b/*rest"}, {"/a/1", "/a/:id"}}, "/b/a/:id"},
		{"prefixes stripped by both", [3]routed{{"/c/b/a/1", "/c/"}, {"/b/a/1", "/:tenant/*rest"}, {"/a/1", "/a/:id"}}, "/c/:tenant/a/:id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			in := instrument(t, r)
			ctx := t.Context()
			var exchanges [3]*httpserver.Exchange
			for i, router := range test.routers {
				request := newRequest(test.routers[0].path)
				if router.path != request.Path {
					request.RoutedPath = router.path
				}
				ctx, exchanges[i] = in.Start(ctx, request)
			}
			for i := len(exchanges) - 1; i >= 0; i-- {
				o := successOutcome()
				o.Route = test.routers[i].route
				exchanges[i].End(o)
			}
			if got, _ := httpservertest.Attribute(r.Only(), "http.route").(string); got != test.want {
				t.Errorf("got route %q, want %q", got, test.want)
			}
		})
	}
	t.Run("one after the other", func(t *testing.T) {
		r := httpservertest.New(t, httpserver.Config{})
		in := instrument(t, r)
		ctx, outer := in.Start(t.Context(), newRequest("/a/1"))
		for _, route := range []string{"/:any/1", "/a/:id"} {
			_, inner := in.Start(ctx, newRequest("/a/1"))
			o := successOutcome()
			o.Route = route
			inner.End(o)
		}
		outer.End(successOutcome())
		if got := httpservertest.Attribute(r.Only(), "http.route"); got != "/a/:id" {
			t.Errorf("got route %v, want /a/:id", got)
		}
	})
}

// TestNestedRouteUsesSyntaxOfItsFramework proves that RouteBraces converts the route of a nested
// exchange from the syntax of the nested exchange's framework, not the outer one's.
func TestNestedRouteUsesSyntaxOfItsFramework(t *testing.T) {
	withBraces := httpserver.Framework{Name: "nethttp", Scope: "example.com/braces"}
	tests := []struct {
		name                                         string
		outer, inner                                 httpserver.Framework
		outerPath, outerRoute, innerPath, innerRoute string
		want                                         string
	}{
		{"colons within braces", withBraces, testFramework, "/process/1", "/", "/process/1", "/process/:id", "/process/{id}"},
		{"under a prefix", withBraces, testFramework, "/api/process/1", "/api/", "/process/1", "/process/:id", "/api/process/{id}"},
		{"braces within colons", testFramework, withBraces, "/v1:get/1", "", "/v1:get/1", "/v1:get/{id}", "/v1:get/{id}"},
		{"outer alone", testFramework, withBraces, "/process/1", "/process/:id", "/process/1", "", "/process/{id}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{RouteFormat: httpserver.RouteBraces})
			outerIn, innerIn := httpserver.MustInstrument(r, test.outer), httpserver.MustInstrument(r, test.inner)
			ctx, outer := outerIn.Start(t.Context(), newRequest(test.outerPath))
			_, inner := innerIn.Start(ctx, newRequest(test.innerPath))
			o := successOutcome()
			o.Route = test.innerRoute
			inner.End(o)
			o.Route = test.outerRoute
			outer.End(o)
			if got := r.Only().Name(); got != "GET "+test.want {
				t.Errorf("got name %q, want %q", got, "GET "+test.want)
			}
		})
	}
}

func TestNestedRouteReplacesRouteKnownAtStart(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	req := newRequest("/api/process/1")
	req.Route = "/api/*rest"
	ctx, outer := instrumentation.Start(t.Context(), req)
	_, inner := instrumentation.Start(ctx, newRequest("/process/1"))
	o := successOutcome()
	o.Route = "/process/:id"
	inner.End(o)
	outer.End(successOutcome())
	if got, want := r.Only().Name(), "GET /api/process/:id"; got != want {
		t.Errorf("got name %q, want %q", got, want)
	}
}

func TestNestedPanicIsRecordedOnce(t *testing.T) {
	for name, recovered := range map[string]bool{"passes both": false, "recovered between": true} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			instrumentation := instrument(t, r)
			ctx, outer := instrumentation.Start(t.Context(), newRequest("/"))
			_, inner := instrumentation.Start(ctx, newRequest("/"))
			inner.End(httpserver.Outcome{Panic: "boom"})
			o := httpserver.Outcome{Status: 500}
			if !recovered {
				o = httpserver.Outcome{Panic: "boom"}
			}
			outer.End(o)
			span := r.Only()
			if len(span.Events()) != 1 || span.Status().Code != codes.Error || httpservertest.Attribute(span, "error.type") != "string" {
				t.Errorf("got %d events, status %v, error.type %v; want one exception, Error, string",
					len(span.Events()), span.Status(), httpservertest.Attribute(span, "error.type"))
			}
		})
	}
}

func TestExchangeInExcludedRequestIsNotObserved(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
	instrumentation := instrument(t, r)
	ctx, outer := instrumentation.Start(t.Context(), newRequest("/healthz"))
	_, inner := instrumentation.Start(ctx, newRequest("/other"))
	if inner.Observed() {
		t.Error("an exchange under an excluded one is observed")
	}
	inner.End(successOutcome())
	outer.End(successOutcome())
	if ended := r.Ended(); len(ended) != 0 {
		t.Errorf("got spans %q, want none", httpservertest.Names(ended))
	}
}

func TestRequestAfterEndOfOpenExchangeIsNotNested(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	ctx, outer := instrumentation.Start(t.Context(), newRequest("/first"))
	_, nested := instrumentation.Start(ctx, newRequest("/first"))
	outer.End(successOutcome())
	nested.End(successOutcome())
	_, second := instrumentation.Start(ctx, newRequest("/second"))
	if second.Nested() {
		t.Error("a request that starts in an old context is part of an exchange that has ended")
	}
	second.End(successOutcome())
	if ended := r.Ended(); len(ended) != 2 {
		t.Errorf("got spans %q, want 2", httpservertest.Names(ended))
	}
}
