package span

import (
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// methodQuery is the method QUERY, for which net/http has no constant.
const methodQuery = "QUERY"

// spanMethodChecks returns the checks of how the method of the request is recorded. The
// conventions define which methods are known by default. They require a way to override
// the list, such as an environment variable.
func spanMethodChecks() []check.Check {
	return []check.Check{
		{
			ID:    "span/method-other",
			Level: check.Requirement,
			Rule: "A known method, such as PATCH, is recorded unchanged. An unknown method is recorded as _OTHER; http.request.method_original has the original, and the " +
				"span name has HTTP in place of the method. QUERY may be recorded as known or as unknown.",
			Source: `HTTP semantic conventions v1.43, attribute http.request.method, and "Name"`,
			Needs:  []contract.Capability{contract.UnknownMethods},
			Run:    func(p *probe.Probe) { checkMethods(p, "FOO", "get", http.MethodPatch, methodQuery) },
		},
		{
			ID:     "span/method-query",
			Level:  check.Choice,
			Rule:   "QUERY is a known method.",
			Source: `bug reports of other instrumentations; HTTP semantic conventions v1.43, attribute http.request.method, whose default list of methods has QUERY, as a value in development`,
			Needs:  []contract.Capability{contract.UnknownMethods},
			Run: func(p *probe.Probe) {
				x := p.Send(wire.Request{Method: methodQuery, Target: "/process/1"})
				if server, ok := p.Server(x); ok {
					checkMethod(p, x, server, methodQuery)
				}
			},
		},
		{
			ID:     "span/known-methods",
			Level:  check.Requirement,
			Rule:   "The list in OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS replaces the default list of known methods.",
			Source: `HTTP semantic conventions v1.43, attribute http.request.method`,
			Needs:  []contract.Capability{contract.KnownMethods},
			Env:    []string{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=GET,POST,FOO"},
			Run: func(p *probe.Probe) {
				patch := p.Send(wire.Request{Method: http.MethodPatch, Target: "/process/1"})
				if server, ok := p.Server(patch); ok {
					checkMethod(p, patch, server, otherMethod)
				}
				if !p.Has(contract.UnknownMethods) {
					return
				}
				foo := p.Send(wire.Request{Method: "FOO", Target: "/process/1"})
				if server, ok := p.Server(foo); ok {
					checkMethod(p, foo, server, "FOO")
				}
			},
		},
	}
}

// otherMethod is the value of http.request.method for an unknown method.
const otherMethod = "_OTHER"

// checkMethods sends a request with each method, and checks how the methods are recorded
// if no list of known methods is configured.
func checkMethods(p *probe.Probe, methods ...string) {
	exchanges := make([]probe.Exchange, len(methods))
	for i, method := range methods {
		exchanges[i] = p.Send(wire.Request{Method: method, Target: "/process/1"})
	}
	p.Settle()
	for i, method := range methods {
		canonical := strings.ToUpper(method)
		if method != canonical && isRefused(exchanges[i].Response.Status) && len(p.SettledServers(exchanges[i])) == 0 {
			// Some servers, such as gunicorn, refuse a method with lower-case letters before the
			// instrumentation sees the request.
			continue
		}
		server, ok := p.SettledServer(exchanges[i])
		if !ok {
			continue
		}
		recorded, want := server.Attr("http.request.method"), otherMethod
		switch {
		case method == http.MethodPatch:
			want = method
		case method == methodQuery && recorded == method:
			want = method
		case method != canonical && recorded == canonical:
			// The framework ignores the case of methods and records the canonical one.
			want = canonical
		}
		checkMethod(p, exchanges[i], server, want)
	}
}

// isRefused reports whether a server sends the status for a request whose method it does not
// accept. A framework that has no route for the method sends 404 or 405.
func isRefused(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusNotImplemented
}

// checkMethod checks that the method of a request is recorded as want, in the attributes
// and in the span name.
func checkMethod(p *probe.Probe, x probe.Exchange, server otlptest.Span, want string) {
	name, original := want, any(nil)
	if want == otherMethod {
		name = "HTTP"
	}
	if want != x.Request.Method {
		original = x.Request.Method
	}
	p.Attributes(x, server, otlptest.Attributes{"http.request.method": want, "http.request.method_original": original})
	got, _, _ := strings.Cut(server.Name(), " ")
	p.Equal("method in the name of the span of "+x.Label(), got, name)
}
