package exclude

import (
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// ruleForm is a form of exclusion rules: a rule of that form, requests that it excludes,
// and requests that it does not. All rules are configured at the same time, so each uses
// different paths. Most paths have no handler, since a request is excluded before it is
// routed.
type ruleForm struct {
	rule     string
	excluded []wire.Request // requests that the rule excludes
	recorded []wire.Request // requests that no rule excludes
}

func ruleForms() []ruleForm {
	post := func(target string) wire.Request { return wire.Post(target, "") }
	return []ruleForm{
		{"ready", requestsTo("/ready", "/ready/", "/ready/live"), append(requestsTo("/readyz", "/process/ready", "/READY"), wire.Get("/status/200?ready"))},
		{"/alive", requestsTo("/alive", "/alive/", "/alive/1/2"), requestsTo("/alive2", "/process/alive")},
		{"=/exact", requestsTo("/exact"), requestsTo("/exact/", "/exact/below", "/exactly")},
		{"/api/*/health", requestsTo("/api/v1/health", "/api/v2/health/"), requestsTo("/api/health", "/api/v1/v2/health", "/api/v1/health/live")},
		{"**/ping", requestsTo("/ping", "/a/ping", "/a/b/c/ping"), requestsTo("/a/pings", "/a/ping/b")},
		{"~^/internal/.*/pong$", requestsTo("/internal/a/pong", "/internal/a/b/pong"), requestsTo("/internal/pong", "/x/internal/a/pong", "/internal/a/pong/b")},
		{"GET /poll", requestsTo("/poll", "/poll/below"), []wire.Request{post("/poll")}},
		{"POST =/push", []wire.Request{post("/push")}, append(requestsTo("/push"), post("/push/below"))},
		{
			"agent:kube-probe/",
			[]wire.Request{wire.Get("/status/200", "User-Agent: kube-probe/1.33")},
			[]wire.Request{wire.Get("/status/200", "User-Agent: my kube-probe/1.33"), wire.Get("/status/200", "User-Agent: kube-prober"), wire.Get("/status/200?kube-probe/")},
		},
	}
}

// requestsTo returns a GET request for each target.
func requestsTo(targets ...string) []wire.Request {
	list := make([]wire.Request, len(targets))
	for i, target := range targets {
		list[i] = wire.Get(target)
	}
	return list
}

// ruleFormsVariable returns the value of the subject's exclusion variable: the rules of all
// ruleForms.
func ruleFormsVariable() string {
	var rules []string
	for _, f := range ruleForms() {
		rules = append(rules, f.rule)
	}
	return strings.Join(rules, ",")
}

func checkRuleForms(p *probe.Probe) {
	type sent struct {
		probe.Exchange
		rule     string
		excluded bool
	}
	// If the router ignores case, the exclusion rules ignore case, too. Then /READY is
	// excluded, and is skipped below.
	ignoresCase := p.Send(wire.Get("/HEALTHZ")).Response.Status == http.StatusOK
	var all []sent
	for _, f := range ruleForms() {
		for _, r := range f.excluded {
			all = append(all, sent{p.Send(r), f.rule, true})
		}
		for _, r := range f.recorded {
			if ignoresCase && r.Target == "/READY" {
				continue
			}
			all = append(all, sent{p.Send(r), f.rule, false})
		}
	}
	p.Settle()
	for _, s := range all {
		spans := p.Trace(s.TraceID)
		if !s.excluded {
			if _, ok := p.SettledServer(s.Exchange); !ok {
				p.Problem("exclusion rule "+s.rule, s.Label()+" excluded", "recorded")
			}
			continue
		}
		p.True(len(spans) == 0, "exclusion rule "+s.rule, s.Label()+" recorded", "excluded")
	}
}
