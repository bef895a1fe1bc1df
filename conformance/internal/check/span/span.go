package span

import (
	"net/http"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// Checks returns the checks of the server span.
func Checks() []check.Check {
	return slices.Concat(spanNameChecks(), spanMethodChecks(), spanAttributeChecks(), spanSamplerChecks(), spanQueryChecks(), spanOriginChecks(), spanSizeChecks())
}

// spanNameChecks returns the checks of the span's name and route.
func spanNameChecks() []check.Check {
	return []check.Check{
		{
			ID:     "span/kind-name",
			Level:  check.Requirement,
			Rule:   "The span of a request has kind SERVER and is named {method} {route}, never by the path.",
			Source: `HTTP semantic conventions v1.43, "HTTP server span" and "Name"; FastAPI guide`,
			Run: func(p *probe.Probe) {
				process, echo := p.Send(wire.Get("/process/"+p.Unique())), p.Send(wire.Post("/echo", "{}"))
				p.Settle()
				if server, ok := p.SettledServer(process); ok {
					p.SameRoute("name of the span of GET /process/…", server.Name(), p.SpanName("GET", "/process/{item_id}"))
				}
				if server, ok := p.SettledServer(echo); ok {
					p.Equal("name of the span of POST /echo", server.Name(), p.SpanName("POST", "/echo"))
				}
			},
		},
		{
			ID:    "span/route",
			Level: check.Requirement,
			Rule: "http.route is the full template of the matched route. This applies also in a group or a mounted application, for a wildcard, and for a static " +
				"directory if the framework has a route for it.",
			Source: `HTTP semantic conventions v1.43, attribute http.route; bug reports of other instrumentations`,
			Run:    checkRouteKinds,
		},
		{
			ID:     "span/route-format",
			Level:  check.Choice,
			Rule:   "If the route format with braces is configured, routes are written as /process/{item_id} in every framework.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.RouteFormat},
			Env:    []string{"SAMESPAN_ROUTE_FORMAT=braces"},
			Run: func(p *probe.Probe) {
				checkRoutes(p, map[string]string{
					"/process/" + p.Unique(): "/process/{item_id}",
					"/mounted/users/1":       "/mounted/users/{user_id}",
				})
			},
		},
		{
			ID:     "span/late-routes",
			Level:  check.Choice,
			Rule:   "Registering the instrumentation once covers every endpoint, also those that are added later.",
			Source: "FastAPI guide",
			Run:    checkLateRoutes,
		},
		{
			ID:    "span/unmatched",
			Level: check.Requirement,
			Rule: "A request that matches no route has one span and one duration measurement. The span is named by the method and has no http.route. " +
				"If the request matches a catch-all route of the framework, such as /**, the span may have this route instead, also in its name.",
			Source:   `HTTP semantic conventions v1.43, "Name" and attribute http.route; bug reports of other instrumentations`,
			Measures: true,
			Run: func(p *probe.Probe) {
				var x probe.Exchange
				added, measured := p.MeasureIfCan(func() { x = p.Send(wire.Get("/nowhere/" + p.Unique())) })
				if x.Response.Status != http.StatusNotFound {
					p.Cannot("the response to GET /nowhere/… violates CONTRACT.md: got status %d, want 404", x.Response.Status)
				}
				p.OneDuration(x, added, measured)
				checkUnmatched(p, x)
			},
		},
		{
			ID:     "span/method-not-allowed",
			Level:  check.Choice,
			Rule:   "If the framework answers 405, the span is named by the method and has no http.route, since no route has served the request.",
			Source: `bug reports of other instrumentations; the HTTP semantic conventions v1.43, attribute http.route, do not say`,
			Needs:  []contract.Capability{contract.MethodNotAllowed},
			Run: func(p *probe.Probe) {
				x := p.Send(wire.Post("/process/1", "{}"))
				if x.Response.Status != 405 {
					p.Cannot("POST /process/1: got status %d, want 405, since the subject declares the capability %q", x.Response.Status, contract.MethodNotAllowed)
				}
				checkNoRoute(p, x)
			},
		},
	}
}

// checkRouteKinds checks http.route for each kind of route: with a parameter, below a
// prefix, with a wildcard, and of a static directory.
func checkRouteKinds(p *probe.Probe) {
	if p.Template("/process/{item_id}") == "" {
		p.NotApplicable("the subject declares that its spans have no routes")
	}
	item := p.Unique()
	checkRoutes(p, map[string]string{
		"/process/" + item:            p.Template("/process/{item_id}"),
		"/status/202":                 p.Template("/status/{code}"),
		"/mounted/users/" + item:      p.Template("/mounted/users/{user_id}"),
		"/files/" + item + "/b/c.txt": p.Template("/files/{path...}"),
	})
	checkStaticRoute(p)
}

// checkStaticRoute checks the route of a static directory. Frameworks write such a route
// differently, but it must contain the name of the directory, and must not contain the name
// of the file. A framework that serves files in a middleware has no route for them.
func checkStaticRoute(p *probe.Probe) {
	x := p.Send(wire.Get("/static/hello.txt"))
	if server, ok := p.Server(x); ok {
		route, _ := server.Attr("http.route").(string)
		isOfDirectory := strings.HasPrefix(strings.TrimPrefix(route, "/"), "static") && !strings.Contains(route, "hello")
		p.True(isOfDirectory || server.Attr("http.route") == nil && server.Name() == http.MethodGet, "http.route of GET /static/hello.txt",
			probe.Show(server.Attr("http.route"))+" on a span with the name "+probe.Show(server.Name()),
			"the route of the directory, such as "+probe.Show(p.Template("/static/{filepath...}"))+", or none on a span with the name \"GET\"")
	}
}

// checkRoutes sends GET requests and checks their http.route. want maps the targets of the
// requests to the expected routes.
func checkRoutes(p *probe.Probe, want map[string]string) {
	exchanges := make(map[string]probe.Exchange, len(want))
	for target := range want {
		exchanges[target] = p.Send(wire.Get(target))
	}
	p.Settle()
	for target, route := range probe.Sorted(want) {
		if status := exchanges[target].Response.Status; status >= 400 {
			p.Cannot("the response to GET %s violates CONTRACT.md: got status %d, want a status below 400", target, status)
		}
		if server, ok := p.SettledServer(exchanges[target]); ok {
			if p.SameRoute("http.route of GET "+target, server.Attr("http.route"), route) {
				route, _ = server.Attr("http.route").(string)
			}
			p.True(strings.HasSuffix(server.Name(), route), "name of the span of GET "+target, probe.Show(server.Name()), "a name that ends with "+route)
		}
	}
}

// checkLateRoutes requests endpoints that the service registers at different times: first,
// last, and in groups. Each request must have a server span.
func checkLateRoutes(p *probe.Probe) {
	var exchanges []probe.Exchange
	for _, r := range []wire.Request{
		wire.Get("/process/1"), wire.Get("/status/200"), wire.Get("/fail/404"), wire.Get("/slow/0"), wire.Get("/file"), wire.Post("/echo", "{}"), wire.Post("/relay", "[]"),
		wire.Get("/mounted/users/1"), wire.Get("/files/a"), wire.Get("/static/hello.txt"), wire.Get("/write/implicit"), wire.Get("/observed"),
	} {
		exchanges = append(exchanges, p.Send(r))
	}
	p.Settle()
	for _, x := range exchanges {
		p.SettledServer(x)
	}
}

// checkUnmatched checks the span of a request that matches no route. In some frameworks
// the request matches a catch-all route, such as /** for static files.
func checkUnmatched(p *probe.Probe, x probe.Exchange) {
	server, ok := p.Server(x)
	if !ok {
		return
	}
	route, _ := server.Attr("http.route").(string)
	if !strings.Contains(route, "*") || strings.Contains(route, "nowhere") {
		checkNoRoute(p, x)
		return
	}
	p.Equal("name of the span of "+x.Label(), server.Name(), x.Request.Method+" "+route)
	p.Equal("http.response.status_code of "+x.Label(), server.Attr("http.response.status_code"), int64(x.Response.Status))
}

// checkNoRoute checks that the span of a request has no route, and that its name is the
// method alone.
func checkNoRoute(p *probe.Probe, x probe.Exchange) {
	if server, ok := p.Server(x); ok {
		p.Equal("name of the span of "+x.Label(), server.Name(), x.Request.Method)
		p.Equal("http.route of "+x.Label(), server.Attr("http.route"), nil)
		p.Equal("http.response.status_code of "+x.Label(), server.Attr("http.response.status_code"), int64(x.Response.Status))
	}
}
