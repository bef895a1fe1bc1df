package span

import (
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// spanQueryChecks returns the checks of url.query, which may contain secrets.
func spanQueryChecks() []check.Check {
	return []check.Check{
		{
			ID:     "span/query",
			Level:  check.Choice,
			Rule:   "url.query has the query of the request. The values of sensitive keys are replaced by REDACTED, and the keys are kept.",
			Source: "HTTP semantic conventions v1.43, attribute url.query, whose list of keys and whose word REDACTED are in development; bug reports of other instrumentations",
			Run: func(p *probe.Probe) {
				checkQueries(p, map[string]any{
					"":                      nil,
					"page=2&sort=name":      "page=2&sort=name",
					"page=2&sig=hidden&a=b": "page=2&sig=REDACTED&a=b",
					"X-Amz-Signature=hidden&X-Amz-Credential=hid%2Fden&X-Amz-Security-Token=hidden&flag": "X-Amz-Signature=REDACTED&" +
						"X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&flag",
					"X-Goog-Signature=hidden&sig=hidden&sig=hidden": "X-Goog-Signature=REDACTED&sig=REDACTED&sig=REDACTED",
				})
			},
		},
		{
			ID:     "span/query-keys",
			Level:  check.Choice,
			Rule:   "The application can choose the keys whose values are replaced in url.query.",
			Source: "bug reports of other instrumentations; HTTP semantic conventions v1.43, attribute url.query, which allow instrumentations to offer it",
			Needs:  []contract.Capability{contract.QueryKeys},
			Env:    []string{"SAMESPAN_SENSITIVE_QUERY_KEYS=token,api_key"},
			Run: func(p *probe.Probe) {
				checkQueries(p, map[string]any{
					"page=2&token=hidden&a=b":                  "page=2&token=REDACTED&a=b",
					"api_key=hid%2Fden&token=hidden&tokens=no": "api_key=REDACTED&token=REDACTED&tokens=no",
				})
			},
		},
		{
			ID:     "span/query-off",
			Level:  check.Choice,
			Rule:   "If recording the query is turned off, no span has url.query, and no other attribute contains any part of it.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.WithoutQuery},
			Env:    []string{"SAMESPAN_QUERY=off"},
			Run:    func(p *probe.Probe) { checkQueries(p, map[string]any{"page=hidden": nil, "sig=hidden&q=hidden": nil}) },
		},
	}
}

// checkQueries sends a request with each query in want, and checks url.query. want maps
// queries to the expected values of url.query; nil means that url.query must be absent. No
// attribute of the span may contain the text "hidden".
func checkQueries(p *probe.Probe, want map[string]any) {
	exchanges := make(map[string]probe.Exchange, len(want))
	for query := range want {
		target := "/process/1"
		if query != "" {
			target += "?" + query
		}
		exchanges[query] = p.Send(wire.Get(target))
	}
	p.Settle()
	for query, recorded := range probe.Sorted(want) {
		x := exchanges[query]
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		p.Attributes(x, server, otlptest.Attributes{"url.query": recorded})
		p.True(!strings.Contains(server.Attributes.String(), "hidden"), "attributes of "+x.Label(),
			server.Attributes.String(), "no attribute that contains \"hidden\"")
	}
}
