package conformance

import (
	"errors"
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// excludeChecks are about excluded meaning excluded. What is excluded without
// further configuration is the contract's: healthz, metrics and docs.
func excludeChecks() []Check {
	return []Check{
		{
			ID: "exclude/path", Level: Choice, Source: "guide; users of today's packages",
			Rule:  "Requests for the excluded paths make no server span, also where the router takes a path in upper case or with a slash behind it for the same.",
			Needs: []Capability{Exclusion},
			run:   excludePath,
		},
		{
			ID: "exclude/below", Level: Choice, Rule: "A rule for a path also excludes what is below it.", Source: "users of today's packages",
			Needs: []Capability{Exclusion},
			run: func(p *Probe) {
				p.excludes("docs", Get("/docs/oauth2"), true)
				p.excludes("healthz", Get("/healthz/live/now"), true)
			},
		},
		{
			ID: "exclude/near-miss", Level: Choice, Rule: "A path that only begins like an excluded one is observed.", Source: "users of today's packages",
			Needs: []Capability{Exclusion},
			run: func(p *Probe) {
				p.excludes("healthz", Get("/healthzz"), false)
				p.excludes("docs", Get("/docs2/oauth2"), false)
			},
		},
		{
			ID: "exclude/parameter", Level: Choice, Rule: "A path parameter that reads like an excluded path hides nothing.", Source: "users of today's packages",
			Needs: []Capability{Exclusion},
			run: func(p *Probe) {
				p.excludes("docs", Get("/process/docs"), false)
				p.excludes("healthz", Get("/process/healthz"), false)
			},
		},
		{
			ID: "exclude/evasion", Level: Choice, Source: "users of today's packages",
			Rule: "No spelling of a path, by encoded slashes, dot segments, encoded dots or doubled slashes, excludes a request " +
				"that the router serves by another route than the rule's.",
			Needs: []Capability{Exclusion, Slug},
			Env:   []string{"SAMESPAN_SLUG=true"},
			run:   excludeEvasion,
		},
		{
			ID: "exclude/query-host", Level: Choice, Rule: "A query or a Host that contains a rule's text excludes nothing.", Source: "users of today's packages",
			Needs: []Capability{Exclusion},
			run: func(p *Probe) {
				p.excludes("healthz", Get("/status/200?next=/healthz"), false)
				p.excludes("docs", Get("/status/200?docs"), false)
				metrics := Get("/status/200")
				metrics.Host = "metrics.example.com"
				p.excludes("metrics", metrics, false)
				healthz := Get("/status/200")
				healthz.Host = "healthz"
				p.excludes("healthz", healthz, false)
			},
		},
		{
			ID: "exclude/forms", Level: Choice, Rule: "Each form of rule excludes what it says and nothing else.",
			Source: "Samespan's exclusion rules; users of today's packages",
			Needs:  []Capability{ExclusionRules},
			EnvFor: func(s *Subject) []string { return []string{s.ExcludeVariable + "=" + formRules()} },
			run:    excludeForms,
		},
		{
			ID: "exclude/metrics", Level: Choice, Rule: "An excluded request adds to no metric, and is not counted as active.",
			Source: "users of today's packages",
			Needs:  []Capability{Exclusion},
			EnvFor: optIn(ActiveRequests, BodySizes),
			run:    excludeMetrics,
		},
		{
			ID:    "exclude/children",
			Level: Choice,
			Rule: "Under an excluded request no span is exported and every call carries flags 00, even when the caller was sampled, " +
				"or there was none.",
			Source: "users of today's packages",
			Needs:  []Capability{Exclusion},
			run:    excludeChildren,
		},
		{
			ID: "exclude/environment", Level: Choice, Rule: "The environment's rules count, and the framework's own variable replaces the general one.",
			Source: "guide",
			Needs:  []Capability{ExclusionRules},
			EnvFor: func(s *Subject) []string { return []string{s.ExcludeVariable + "=status"} },
			run: func(p *Probe) {
				p.excludes(p.subject.ExcludeVariable+"=status", Get("/status/200"), true)
				if p.subject.OwnExcludeVariable == "" {
					return
				}
				p.with([]string{p.subject.ExcludeVariable + "=status", p.subject.OwnExcludeVariable + "=slow"}, func() {
					rules := p.subject.ExcludeVariable + "=status and " + p.subject.OwnExcludeVariable + "=slow"
					p.excludes(rules, Get("/slow/0"), true)
					p.excludes(rules, Get("/status/200"), false)
				})
			},
		},
		{
			ID: "exclude/bad-rule", Level: Choice, Rule: "A rule that cannot be understood is refused at start, by its name.",
			Source: "Samespan's exclusion rules",
			Needs:  []Capability{ExclusionRules},
			Own:    true,
			run:    badRule,
		},
	}
}

// excludes sends the request and records a problem unless the rule excludes it,
// or does not, as wanted.
func (p *Probe) excludes(rule string, r Request, want bool) {
	x := p.Send(r)
	p.Settle()
	what := "server spans of " + x.label() + ", with the rule " + rule
	if !want {
		p.Equal(what, len(p.settledServers(x)), 1)
		return
	}
	p.Equal(what, names(ofKind(p.trace(x.TraceID), otlptest.KindServer)), []string{})
}

func excludeMetrics(p *Probe) {
	p.Equal("what grows with an excluded request", p.measure(func() {
		for _, path := range excludedPaths {
			p.Send(Get(path))
		}
	}).histograms(), []string{})
	if !p.subject.Capabilities[ExclusionRules] {
		return
	}
	p.with(append(optIn(ActiveRequests, BodySizes)(p.subject), p.subject.ExcludeVariable+"=relay"), func() {
		p.Equal("what grows with an excluded request", p.measure(func() {
			p.during(func() {
				p.collected()
				p.Equal(activeMetric+" during an excluded request", p.active(p.instance.collector.Snapshot()), 0.0)
			})
		}).histograms(), []string{})
	})
}

func excludeChildren(p *Probe) {
	for _, path := range excludedPaths {
		x := p.Send(Get(path))
		p.SendAs(Get(path))
		if x.Response.Status != http.StatusOK {
			p.cannot("GET %s is not answered as CONTRACT.md says: got %d %.80q", path, x.Response.Status, x.Response.Body)
		}
		p.Settle()
		p.Equal("spans under the excluded GET "+path, names(p.trace(x.TraceID)), []string{})
	}
	p.Equal("spans excluded_logic, of excluded requests with and without a caller",
		names(p.instance.collector.Snapshot().SpansNamed("excluded_logic")), []string{})
	if !p.subject.Capabilities[ExclusionRules] {
		return
	}
	p.with([]string{p.subject.ExcludeVariable + "=relay"}, func() {
		peer := p.peer()
		x := p.Send(Post("/relay", peer.relay("/echo")))
		p.Settle()
		p.Equal("spans under the excluded POST /relay", names(p.trace(x.TraceID)), []string{})
		if call, ok := peer.only(p); ok {
			p.unsampled(call, "00-"+x.TraceID+"-")
		}
		peer = p.peer()
		p.SendAs(Post("/relay", peer.relay("/echo")))
		if call, ok := peer.only(p); ok && call.Get("Traceparent") != "" {
			p.unsampled(call, "00-")
		}
	})
}

// unsampled records a problem unless the call carries flags 00.
func (p *Probe) unsampled(call http.Header, prefix string) {
	got := call.Get("Traceparent")
	p.True(strings.HasPrefix(got, prefix) && strings.HasSuffix(got, "-00"), "traceparent of a call", show(got), prefix+"…-00")
}

// badRule starts services that must not start, in the place of the check's own,
// which differs in nothing else and has started.
func badRule(p *Probe) {
	p.instance.kill()
	for _, rule := range []string{"~^/broken(", "healthz?full=1"} {
		broken, err := start(p.ctx, p.subject, p.instance.addr, "", []string{p.subject.ExcludeVariable + "=metrics," + rule})
		if err == nil {
			broken.kill()
			p.Problem("start with the rule "+rule, "it serves", "an error that names the rule")
			continue
		}
		if p.ctx.Err() != nil {
			p.cannot("%w", errors.Join(err, p.ctx.Err()))
		}
		p.True(strings.Contains(err.Error(), rule), "what it says at the start with the rule "+rule, show(err.Error()), "an error that names the rule")
	}
}
