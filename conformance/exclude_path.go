package conformance

import (
	"net/http"
	"strings"
)

// excludedPaths are the contract's.
var excludedPaths = []string{"/healthz", "/metrics", "/docs"}

func excludePath(p *Probe) {
	for _, path := range excludedPaths {
		p.excludes("no rule besides the contract's", Get(path), true)
		for _, spelling := range []string{strings.ToUpper(path), path + "/"} {
			// What the router does not serve by the same route is for the other
			// checks.
			x := p.Send(Get(spelling))
			if x.Response.Status == http.StatusOK && x.Response.Body == "ok" {
				p.excludes("no rule besides the contract's", Get(spelling), true)
			}
		}
	}
}

// Bodies by which the check knows which route has served a request.
const (
	slugBody   = "slug"
	staticBody = "hello\n"
)

// evasions are requests for what no rule excludes, in the spelling of what the
// contract's rules, and the rule static/private, exclude.
var evasions = []string{
	"/docs%2Fx", "/docs%2fx%2Fy", "/healthz%2F", "/metrics%2F..%2Fx", "/healthz%2f..%2f..%2fx", "/docs%5Cx", "/%64ocs%2Fx",
	"/docs/../status/200", "/docs/%2e%2e/status/200", "/docs/.%2E/status/200", "/docs/x/../../status/200", "/docs/./../status/200",
	"/docs/..%2Fstatus%2F200", "/docs%2F..%2Fstatus/200", "//docs/../status/200", "/docs//../../status/200",
	"/docs/../x", "/docs/%2e%2e/x", "/metrics/../static/hello.txt", "/metrics/%2e%2e/static/hello.txt",
	"/status/200/../../docs/../status/200", "/%2e/docs/../x",
}

// privateEvasions evade the rule static/private.
var privateEvasions = []string{
	"/static/private/../hello.txt", "/static/private/%2e%2e/hello.txt", "/static/private%2F..%2Fhello.txt", "/static//private/../hello.txt",
	"/static/private/.%2e/hello.txt", "/static/private/x/../../hello.txt",
}

func excludeEvasion(p *Probe) {
	served := p.evade("healthz, metrics, docs", evasions)
	if p.subject.Capabilities[ExclusionRules] && !p.subject.isRunning() {
		p.with([]string{"SAMESPAN_SLUG=true", p.subject.ExcludeVariable + "=healthz,static/private"}, func() {
			served += p.evade("static/private", privateEvasions)
		})
	}
	if served == 0 {
		panic(suiteError{inapplicable{"the router serves none of the spellings by another route"}})
	}
}

// evade sends requests that no rule is to exclude where another route serves
// them, and returns how many are.
func (p *Probe) evade(rules string, targets []string) (served int) {
	var exchanges []Exchange
	for _, target := range targets {
		x := p.Send(Get(target))
		if body := x.Response.Body; x.Response.Status == http.StatusOK && (body == slugBody || body == staticBody || body == "status 200") {
			exchanges = append(exchanges, x)
		}
	}
	p.Settle()
	for _, x := range exchanges {
		count := len(p.settledServers(x))
		p.True(count == 1, "server spans of "+x.label()+", answered "+show(x.Response.Body)+", with the rules "+rules, show(count), "1")
	}
	return len(exchanges)
}
