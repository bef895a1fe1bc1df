package conformance

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// spanChecks are about the shape of the server span.
func spanChecks() []Check {
	return slices.Concat(spanNameChecks(), spanMethodChecks(), spanAttributeChecks(), spanSamplerChecks(), spanQueryChecks(), spanOriginChecks(), spanSizeChecks())
}

// spanNameChecks are about the span's name and its route.
func spanNameChecks() []Check {
	return []Check{
		{
			ID:     "span/kind-name",
			Level:  Requirement,
			Rule:   "The span of a request has kind SERVER and is named {method} {route}, never by the path.",
			Source: `HTTP semantic conventions v1.43, "HTTP server span" and "Name"; guide`,
			run: func(p *Probe) {
				process, echo := p.Send(Get("/process/"+p.unique())), p.Send(Post("/echo", "{}"))
				p.Settle()
				if server, ok := p.settledServer(process); ok {
					p.Equal("name of the span of GET /process/…", server.Name(), "GET "+p.subject.template("/process/{item_id}"))
				}
				if server, ok := p.settledServer(echo); ok {
					p.Equal("name of the span of POST /echo", server.Name(), "POST /echo")
				}
			},
		},
		{
			ID:     "span/route",
			Level:  Requirement,
			Rule:   "http.route is the full template of the route that was matched: in a group or mounted application, a wildcard, a static directory.",
			Source: `HTTP semantic conventions v1.43, attribute http.route; users of today's packages`,
			run:    spanRoute,
		},
		{
			ID:     "span/route-format",
			Level:  Choice,
			Rule:   "With the format of braces chosen, every framework's routes are written as /process/{item_id}.",
			Source: "users of today's packages",
			Needs:  []Capability{RouteFormat},
			Env:    []string{"SAMESPAN_ROUTE_FORMAT=braces"},
			run: func(p *Probe) {
				p.routes(map[string]string{
					"/process/" + p.unique(): "/process/{item_id}",
					"/mounted/users/1":       "/mounted/users/{user_id}",
				})
			},
		},
		{
			ID:     "span/late-routes",
			Level:  Choice,
			Rule:   "One call covers every endpoint, also those that are added after it.",
			Source: "guide",
			run:    spanLateRoutes,
		},
		{
			ID:     "span/unmatched",
			Level:  Requirement,
			Rule:   "A request that matches no route is one span named by its method, without http.route, and one point of the duration.",
			Source: `HTTP semantic conventions v1.43, "Name" and attribute http.route; users of today's packages`,
			run: func(p *Probe) {
				var x Exchange
				grown := p.measure(func() { x = p.Send(Get("/nowhere/" + p.unique())) })
				p.Equal("status of a request that matches no route", x.Response.Status, 404)
				p.oneDuration(x, grown)
				p.unrouted(x)
			},
		},
		{
			ID:     "span/method-not-allowed",
			Level:  Requirement,
			Rule:   "Where the framework answers 405, the span is named by the method and has no http.route.",
			Source: `HTTP semantic conventions v1.43, "Name" and attribute http.route`,
			Needs:  []Capability{MethodNotAllowed},
			run: func(p *Probe) {
				x := p.Send(Post("/process/1", "{}"))
				if x.Response.Status != 405 {
					p.cannot("POST /process/1: got status %d, want 405, since the subject declares %q", x.Response.Status, MethodNotAllowed)
				}
				p.unrouted(x)
			},
		},
	}
}

// spanRoute checks routes of all kinds.
func spanRoute(p *Probe) {
	item := p.unique()
	p.routes(map[string]string{
		"/process/" + item:            p.subject.template("/process/{item_id}"),
		"/status/202":                 p.subject.template("/status/{code}"),
		"/mounted/users/" + item:      p.subject.template("/mounted/users/{user_id}"),
		"/files/" + item + "/b/c.txt": p.subject.template("/files/{path...}"),
	})
	p.staticRoute()
}

// staticRoute checks the route of a static directory, which frameworks write in
// many ways: the directory is in it, and the file is not.
func (p *Probe) staticRoute() {
	x := p.Send(Get("/static/hello.txt"))
	if server, ok := p.Server(x); ok {
		route, _ := server.Attr("http.route").(string)
		p.True(strings.HasPrefix(route, "/static") && !strings.Contains(route, "hello"), "http.route of GET /static/hello.txt",
			show(server.Attr("http.route")), "one of the directory, such as "+show(p.subject.template("/static/{filepath...}")))
	}
}

// routes checks the http.route of GET requests: by target, what it should be.
func (p *Probe) routes(want map[string]string) {
	exchanges := make(map[string]Exchange, len(want))
	for target := range want {
		exchanges[target] = p.Send(Get(target))
	}
	p.Settle()
	for target, route := range sorted(want) {
		if status := exchanges[target].Response.Status; status >= 400 {
			p.cannot("GET %s is not answered as CONTRACT.md says: got status %d", target, status)
		}
		if server, ok := p.settledServer(exchanges[target]); ok {
			p.Equal("http.route of GET "+target, server.Attr("http.route"), route)
			p.True(strings.HasSuffix(server.Name(), route), "name of the span of GET "+target, show(server.Name()), "one that ends with "+route)
		}
	}
}

// spanLateRoutes asks for endpoints that a service adds at different times, the
// first and the last, and in groups.
func spanLateRoutes(p *Probe) {
	var exchanges []Exchange
	for _, r := range []Request{
		Get("/process/1"), Get("/status/200"), Get("/fail/404"), Get("/slow/0"), Get("/file"), Post("/echo", "{}"), Post("/relay", "[]"),
		Get("/mounted/users/1"), Get("/files/a"), Get("/static/hello.txt"), Get("/write/implicit"), Get("/observed"),
	} {
		exchanges = append(exchanges, p.Send(r))
	}
	p.Settle()
	for _, x := range exchanges {
		p.settledServer(x)
	}
}

// unrouted checks the span of a request that no route has answered.
func (p *Probe) unrouted(x Exchange) {
	if server, ok := p.Server(x); ok {
		p.Equal("name of the span of "+x.label(), server.Name(), x.Request.Method)
		p.Equal("http.route of "+x.label(), server.Attr("http.route"), nil)
		p.Equal("http.response.status_code of "+x.label(), server.Attr("http.response.status_code"), int64(x.Response.Status))
	}
}

// spanMethodChecks are about the request's method.
func spanMethodChecks() []Check {
	return []Check{{
		ID:    "span/method-other",
		Level: Requirement,
		Rule: "A method that is not known is reported as _OTHER with the original beside it and HTTP in the name; " +
			"known are those of the conventions, QUERY included, or those of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS.",
		Source: `HTTP semantic conventions v1.43, attribute http.request.method, and "Name"`,
		Needs:  []Capability{UnknownMethods},
		run: func(p *Probe) {
			p.methods(map[string]bool{"FOO": false, "get": false, "QUERY": true, "PATCH": true})
			p.with([]string{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=GET,POST,FOO"}, func() {
				p.methods(map[string]bool{"FOO": true, "QUERY": false})
			})
		},
	}}
}

// methods checks how methods are reported, by whether they are known.
func (p *Probe) methods(known map[string]bool) {
	exchanges := make(map[string]Exchange, len(known))
	for method := range known {
		exchanges[method] = p.Send(Request{Method: method, Target: "/process/1"})
	}
	p.Settle()
	for method, isKnown := range sorted(known) {
		x := exchanges[method]
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		name, want := method, otlptest.Attributes{"http.request.method": method, "http.request.method_original": nil}
		if !isKnown {
			name, want = "HTTP", otlptest.Attributes{"http.request.method": "_OTHER", "http.request.method_original": method}
		}
		p.attributes(x, server, want)
		got, _, _ := strings.Cut(server.Name(), " ")
		p.Equal("start of the name of the span of "+x.label(), got, name)
	}
}
