package exclude

import (
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// form is a kind of rule, with paths that it excludes and paths that it does
// not. All rules apply at the same time, so each has its own paths; most have
// no handler, since a request is excluded before it is routed.
type form struct {
	rule     string
	excluded []wire.Request
	recorded []wire.Request
}

func forms() []form {
	post := func(target string) wire.Request { return wire.Post(target, "") }
	return []form{
		{"ready", requests("/ready", "/ready/", "/ready/live"), append(requests("/readyz", "/process/ready", "/READY"), wire.Get("/status/200?ready"))},
		{"/alive", requests("/alive", "/alive/", "/alive/1/2"), requests("/alive2", "/process/alive")},
		{"=/exact", requests("/exact"), requests("/exact/", "/exact/below", "/exactly")},
		{"/api/*/health", requests("/api/v1/health", "/api/v2/health/"), requests("/api/health", "/api/v1/v2/health", "/api/v1/health/live")},
		{"**/ping", requests("/ping", "/a/ping", "/a/b/c/ping"), requests("/a/pings", "/a/ping/b")},
		{"~^/internal/.*/pong$", requests("/internal/a/pong", "/internal/a/b/pong"), requests("/internal/pong", "/x/internal/a/pong", "/internal/a/pong/b")},
		{"GET /poll", requests("/poll", "/poll/below"), []wire.Request{post("/poll")}},
		{"POST =/push", []wire.Request{post("/push")}, append(requests("/push"), post("/push/below"))},
		{
			"agent:kube-probe/",
			[]wire.Request{wire.Get("/status/200", "User-Agent: kube-probe/1.33")},
			[]wire.Request{wire.Get("/status/200", "User-Agent: my kube-probe/1.33"), wire.Get("/status/200", "User-Agent: kube-prober"), wire.Get("/status/200?kube-probe/")},
		},
	}
}

func requests(targets ...string) []wire.Request {
	list := make([]wire.Request, len(targets))
	for i, target := range targets {
		list[i] = wire.Get(target)
	}
	return list
}

// formRules returns all rules in the format of the environment variable.
func formRules() string {
	var rules []string
	for _, f := range forms() {
		rules = append(rules, f.rule)
	}
	return strings.Join(rules, ",")
}

func excludeForms(p *probe.Probe) {
	type sent struct {
		probe.Exchange
		rule     string
		excluded bool
	}
	// A router that ignores case has rules that ignore it too.
	folds := p.Send(wire.Get("/HEALTHZ")).Response.Status == http.StatusOK
	var all []sent
	for _, f := range forms() {
		for _, r := range f.excluded {
			all = append(all, sent{p.Send(r), f.rule, true})
		}
		for _, r := range f.recorded {
			if folds && r.Target == "/READY" {
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
				p.Problem("the rule "+s.rule, "it excludes "+s.Label(), "it does not")
			}
			continue
		}
		p.True(len(spans) == 0, "the rule "+s.rule, "it does not exclude "+s.Label(), "it does")
	}
}
