package httpserver_test

import (
	"testing"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestRouteIncludesMountPrefix proves that http.route includes the prefix at which a router
// is mounted, if that router sees only the rest of the path.
func TestRouteIncludesMountPrefix(t *testing.T) {
	tests := []struct {
		name                    string
		mount, path, routedPath string
		startRoute, endRoute    string
		wantNative, wantBraces  string
	}{
		{"under a parameter", "/t/{tenant}/", "/t/acme/users/7", "/users/7", "", "/users/:id", "/t/{tenant}/users/:id", "/t/{tenant}/users/{id}"},
		{"known at the start", "/t/{tenant}/", "/t/acme/users/7", "/users/7", "/users/:id", "", "/t/{tenant}/users/:id", "/t/{tenant}/users/{id}"},
		{"known at the start and at the end", "/t/{tenant}/", "/t/acme/users/7", "/users/7", "/users/:id", "/users/:id", "/t/{tenant}/users/:id", "/t/{tenant}/users/{id}"},
		{"more exact at the end", "/t/{tenant}/", "/t/acme/users/7", "/users/7", "/*", "/users/:id", "/t/{tenant}/users/:id", "/t/{tenant}/users/{id}"},
		{"under a literal", "/api/", "/api/users/7", "/users/7", "", "/users/:id", "/api/users/:id", "/api/users/{id}"},
		{"nothing stripped", "/api/", "/api/users/7", "", "", "/api/users/:id", "/api/users/:id", "/api/users/{id}"},
		{"routed path is the whole path", "/api/", "/api/users/7", "/api/users/7", "", "/api/users/:id", "/api/users/:id", "/api/users/{id}"},
		{"route is the mount pattern", "/api/", "/api/users/7", "/users/7", "/api/", "", "/api/", "/api/"},
		{"route is the mount pattern, also at the end", "/api/", "/api/users/7", "/users/7", "/api/", "/api/", "/api/", "/api/"},
		{"mount pattern at the start, route at the end", "/api/", "/api/users/7", "/users/7", "/api/", "/users/:id", "/api/users/:id", "/api/users/{id}"},
		{"no mount", "", "/evil/users/7", "/users/7", "", "/users/:id", "/users/:id", "/users/{id}"},
		{"path is rewritten", "/api/", "/api/users/7", "/v2/users/7", "", "/v2/users/:id", "/v2/users/:id", "/v2/users/{id}"},
		{"unmatched", "/api/", "/api/nothing", "/nothing", "", "", "", ""},
	}
	for _, test := range tests {
		for format, want := range map[httpserver.RouteFormat]string{httpserver.RouteNative: test.wantNative, httpserver.RouteBraces: test.wantBraces} {
			t.Run(test.name, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{RouteFormat: format})
				req := newRequest(test.path)
				req.Mount, req.RoutedPath, req.Route = test.mount, test.routedPath, test.startRoute
				_, x := instrument(t, r).Start(t.Context(), req)
				o := successOutcome()
				o.Route = test.endRoute
				x.End(o)
				span := r.Only()
				if got, _ := httpservertest.Attribute(span, "http.route").(string); got != want {
					t.Errorf("got route %q, want %q", got, want)
				}
				name := "GET"
				if want != "" {
					name += " " + want
				}
				if span.Name() != name || httpservertest.Attribute(span, "url.path") != test.path {
					t.Errorf("got %q with path %v, want %q with the path as sent", span.Name(), httpservertest.Attribute(span, "url.path"), name)
				}
			})
		}
	}
}

// TestNestedRouteHasMountPrefixOnce proves that the route has the mount prefix exactly
// once. The prefix is known either to the outer exchange only or to the outer and the
// nested exchange.
func TestNestedRouteHasMountPrefixOnce(t *testing.T) {
	for name, innerMount := range map[string]string{"known to the outer": "", "known to both": "/t/{tenant}/"} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			instrumentation := instrument(t, r)
			ctx, outer := instrumentation.Start(t.Context(), newRequest("/t/acme/users/7"))
			req := newRequest("/t/acme/users/7")
			req.Mount, req.RoutedPath = innerMount, "/users/7"
			_, inner := instrumentation.Start(ctx, req)
			o := successOutcome()
			o.Route = "/users/:id"
			inner.End(o)
			o.Route = "/t/{tenant}/"
			outer.End(o)
			if got := r.Only().Name(); got != "GET /t/{tenant}/users/:id" {
				t.Errorf("got name %q, want the whole template", got)
			}
		})
	}
}

// TestExclusionFollowsRouting proves that exclusion rules match a path in the same way as
// the framework's router, which may ignore case or not decode the path.
func TestExclusionFollowsRouting(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
	instrumentation := instrument(t, r)
	tests := []struct {
		path     string
		routing  exclude.Routing
		excluded bool
	}{
		{"/healthz", 0, true},
		{"/HEALTHZ", 0, false},
		{"/HEALTHZ", exclude.IgnoreCase, true},
		{"/%68ealthz", 0, true},
		{"/%68ealthz", exclude.Raw, false},
		{"/HEALTHZ", exclude.Raw | exclude.IgnoreCase, true},
		{"/healthz/../x", exclude.Raw | exclude.IgnoreCase, false},
	}
	for _, test := range tests {
		req := newRequest(test.path)
		req.Routing = test.routing
		if _, excluded := r.Exclude(t.Context(), "gin", req); excluded != test.excluded {
			t.Errorf("%s, routing %b: excluded for others: %v, want %v", test.path, test.routing, excluded, test.excluded)
		}
		_, x := instrumentation.Start(t.Context(), req)
		if x.Observed() == test.excluded {
			t.Errorf("%s, routing %b: excluded %v, want %v", test.path, test.routing, !x.Observed(), test.excluded)
		}
		x.End(successOutcome())
	}
}

func TestServerClosedMarksServerAsClosed(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	if instrumentation.ServerIsClosed() {
		t.Error("the server is closed before anything has said so")
	}
	r.ServerClosed()
	if !instrumentation.ServerIsClosed() {
		t.Error("the server is not closed")
	}
}
