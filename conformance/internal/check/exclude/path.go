package exclude

import (
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// excludedPaths are the paths that the contract excludes by default.
var excludedPaths = []string{"/healthz", "/metrics", "/docs"}

func checkExcludedPaths(p *probe.Probe) {
	for _, path := range excludedPaths {
		rule := strings.TrimPrefix(path, "/")
		checkExclusion(p, rule, wire.Get(path), true)
		for _, spelling := range []string{strings.ToUpper(path), path + "/"} {
			// A spelling is checked only if the router serves it by the route of path. Other
			// checks cover the other spellings.
			x := p.Send(wire.Get(spelling))
			if x.Response.Status == http.StatusOK && x.Response.Body == "ok" {
				checkExclusion(p, rule, wire.Get(spelling), true)
			}
		}
	}
}

// nearMisses are targets that begin like the contract's excluded paths, each with the
// rule that must not match the target.
var nearMisses = []struct{ target, rule string }{{"/healthzz", "healthz"}, {"/docs2", "docs"}, {"/docs2/oauth2", "docs"}}

func checkNearMisses(p *probe.Probe) {
	// Some instrumentations do not record requests that match no route. That is a failure
	// of the check span/unmatched, but not of this check.
	unmatched := p.Send(wire.Get("/nowhere/" + p.Unique()))
	p.Settle()
	seesUnmatched := len(p.SettledServers(unmatched)) > 0
	asked := 0
	for _, miss := range nearMisses {
		if x := p.Send(wire.Get(miss.target)); seesUnmatched || x.Response.Status != http.StatusNotFound {
			checkExclusion(p, miss.rule, wire.Get(miss.target), false)
			asked++
		}
	}
	if asked == 0 {
		p.NotApplicable("no route matches the paths of the check, and the instrumentation does not record requests that match no route")
	}
}

// Response bodies of two routes. They show which of the routes has served a request.
const (
	slugBody   = "slug"
	staticBody = "hello\n"
)

// evasions are targets with which a client could try to evade being recorded. No rule may
// exclude them, although their spelling resembles paths that the contract's default rules
// exclude.
var evasions = []string{
	"/docs%2Fx", "/docs%2fx%2Fy", "/healthz%2F", "/metrics%2F..%2Fx", "/healthz%2f..%2f..%2fx", "/docs%5Cx", "/%64ocs%2Fx",
	"/docs/../status/200", "/docs/%2e%2e/status/200", "/docs/.%2E/status/200", "/docs/x/../../status/200", "/docs/./../status/200",
	"/docs/..%2Fstatus%2F200", "/docs%2F..%2Fstatus/200", "//docs/../status/200", "/docs//../../status/200",
	"/docs/../x", "/docs/%2e%2e/x", "/metrics/../static/hello.txt", "/metrics/%2e%2e/static/hello.txt",
	"/status/200/../../docs/../status/200", "/%2e/docs/../x",
}

// staticPrivateEvasions are targets like evasions, for the rule static/private.
var staticPrivateEvasions = []string{
	"/static/private/../hello.txt", "/static/private/%2e%2e/hello.txt", "/static/private%2F..%2Fhello.txt", "/static//private/../hello.txt",
	"/static/private/.%2e/hello.txt", "/static/private/x/../../hello.txt",
}

func checkEvasions(p *probe.Probe) {
	served := checkServedEvasions(p, "healthz, metrics, docs", evasions)
	if p.Has(contract.ExclusionRules) && !p.IsRunning() {
		p.With([]string{"SAMESPAN_SLUG=true", p.Subject.ExcludeVariable + "=healthz,static/private"}, func() {
			served += checkServedEvasions(p, "static/private", staticPrivateEvasions)
		})
	}
	if served == 0 {
		p.NotApplicable("the router serves none of the check's paths, such as /docs%2Fx, by a route that is not excluded")
	}
}

// checkServedEvasions sends GET requests to the targets. It checks that each request that a
// route has answered is recorded, and returns the number of these requests. rules is the
// text that names the configured rules in problems.
func checkServedEvasions(p *probe.Probe, rules string, targets []string) (served int) {
	var exchanges []probe.Exchange
	for _, target := range targets {
		x := p.Send(wire.Get(target))
		if body := x.Response.Body; x.Response.Status == http.StatusOK && (body == slugBody || body == staticBody || body == "status 200") {
			exchanges = append(exchanges, x)
		}
	}
	p.Settle()
	for _, x := range exchanges {
		count := len(p.SettledServers(x))
		p.True(count == 1, "server spans of "+x.Label()+", with the response body "+probe.Show(x.Response.Body)+" and the exclusion rules "+rules, probe.Show(count), "1")
	}
	return len(exchanges)
}
