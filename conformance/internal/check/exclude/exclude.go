package exclude

import (
	"errors"
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Checks returns the checks of excluded requests, for which nothing is recorded. By
// default the contract's paths are excluded: healthz, metrics and docs.
func Checks() []check.Check {
	return []check.Check{
		{
			ID: "exclude/path", Level: check.Choice, Source: "FastAPI guide; bug reports of other instrumentations",
			Rule: "A request for an excluded path records no server span. If the router treats the path in upper case or with a trailing slash as the same path, the rule " +
				"excludes these forms too.",
			Needs: []contract.Capability{contract.Exclusion},
			Run:   checkExcludedPaths,
		},
		{
			ID: "exclude/below", Level: check.Choice, Rule: "A rule for a path also excludes what is below it.", Source: "bug reports of other instrumentations",
			Needs: []contract.Capability{contract.Exclusion},
			Run: func(p *probe.Probe) {
				checkExclusion(p, "docs", wire.Get("/docs/oauth2"), true)
				checkExclusion(p, "healthz", wire.Get("/healthz/live/now"), true)
			},
		},
		{
			ID: "exclude/near-miss", Level: check.Choice, Rule: "A path that merely begins with the same letters as an excluded path is recorded.", Source: "bug reports of other instrumentations",
			Needs: []contract.Capability{contract.Exclusion},
			EnvFor: func(s *probe.Declared) []string {
				if s.Running || !s.Can(contract.Slug) {
					return nil
				}
				return []string{"SAMESPAN_SLUG=true"} // the route /{slug} serves some of the paths
			},
			Run: checkNearMisses,
		},
		{
			ID: "exclude/parameter", Level: check.Choice, Rule: "If a path parameter has the value of an excluded path, as in /process/healthz, the request is not excluded.", Source: "bug reports of other instrumentations",
			Needs: []contract.Capability{contract.Exclusion},
			Run: func(p *probe.Probe) {
				checkExclusion(p, "docs", wire.Get("/process/docs"), false)
				checkExclusion(p, "healthz", wire.Get("/process/healthz"), false)
			},
		},
		{
			ID: "exclude/evasion", Level: check.Choice, Source: "bug reports of other instrumentations",
			Rule: "A client can spell a path with encoded slashes, dot segments, encoded dots or double slashes. If the router then serves another route than the excluded " +
				"one, the request is not excluded.",
			Needs: []contract.Capability{contract.Exclusion, contract.Slug},
			Env:   []string{"SAMESPAN_SLUG=true"},
			Run:   checkEvasions,
		},
		{
			ID: "exclude/query-host", Level: check.Choice, Rule: "A query or a Host that contains the text of a rule does not exclude the request.", Source: "bug reports of other instrumentations",
			Needs: []contract.Capability{contract.Exclusion},
			Run: func(p *probe.Probe) {
				checkExclusion(p, "healthz", wire.Get("/status/200?next=/healthz"), false)
				checkExclusion(p, "docs", wire.Get("/status/200?docs"), false)
				metrics := wire.Get("/status/200")
				metrics.Host = "metrics.example.com"
				checkExclusion(p, "metrics", metrics, false)
				healthz := wire.Get("/status/200")
				healthz.Host = "healthz"
				checkExclusion(p, "healthz", healthz, false)
			},
		},
		{
			ID: "exclude/forms", Level: check.Choice, Rule: "Each form of exclusion rule, such as one with a wildcard, excludes exactly the requests that it describes.",
			Source: "Samespan's exclusion rules; bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.ExclusionRules},
			EnvFor: func(s *probe.Declared) []string { return []string{s.ExcludeVariable + "=" + ruleFormsVariable()} },
			Run:    checkRuleForms,
		},
		{
			ID: "exclude/metrics", Level: check.Choice, Rule: "An excluded request is not recorded in any metric, and is not counted as active.",
			Source:   "bug reports of other instrumentations",
			Needs:    []contract.Capability{contract.Exclusion, contract.Metrics},
			EnvFor:   check.OptIn(contract.ActiveRequests, contract.BodySizes),
			Measures: true,
			Run:      checkMetricsOfExcluded,
		},
		{
			ID:    "exclude/children",
			Level: check.Choice,
			Rule: "No span below an excluded request is exported, and the calls that its handler makes are not sampled. This applies even if the caller sampled, and also " +
				"to requests without a traceparent.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Exclusion},
			Run:    checkChildrenOfExcluded,
		},
		{
			ID: "exclude/environment", Level: check.Choice, Rule: "The exclusion rules in an environment variable apply. If the framework has its own variable, and it is set, its rules apply instead.",
			Source: "FastAPI guide",
			Needs:  []contract.Capability{contract.ExclusionRules},
			EnvFor: func(s *probe.Declared) []string { return []string{s.ExcludeVariable + "=status"} },
			Run: func(p *probe.Probe) {
				checkExclusion(p, p.Subject.ExcludeVariable+"=status", wire.Get("/status/200"), true)
				if p.Subject.OwnExcludeVariable == "" {
					return
				}
				p.With([]string{p.Subject.ExcludeVariable + "=status", p.Subject.OwnExcludeVariable + "=slow"}, func() {
					rules := p.Subject.ExcludeVariable + "=status and " + p.Subject.OwnExcludeVariable + "=slow"
					checkExclusion(p, rules, wire.Get("/slow/0"), true)
					checkExclusion(p, rules, wire.Get("/status/200"), false)
				})
			},
		},
		{
			ID: "exclude/bad-rule", Level: check.Choice, Rule: "If a rule cannot be parsed, the service does not start, and its error names the rule.",
			Source: "Samespan's exclusion rules",
			Needs:  []contract.Capability{contract.ExclusionRules},
			Own:    true,
			Run:    checkInvalidRules,
		},
	}
}

// checkExclusion sends the request. It checks that the request is excluded if isExcluded is
// true, and recorded otherwise. rule is the exclusion rule that problems name.
func checkExclusion(p *probe.Probe, rule string, r wire.Request, isExcluded bool) {
	x := p.Send(r)
	p.Settle()
	what := "server spans of " + x.Label() + ", with the exclusion rule " + rule
	if !isExcluded {
		p.Equal(what, len(p.SettledServers(x)), 1)
		return
	}
	p.Equal(what, probe.Names(probe.OfKind(p.Trace(x.TraceID), otlptest.KindServer)), []string{})
}

func checkMetricsOfExcluded(p *probe.Probe) {
	p.Equal("series with measurements of an excluded request", p.Measure(func() {
		for _, path := range excludedPaths {
			p.Send(wire.Get(path))
		}
	}).Histograms(), []string{})
	if !p.Has(contract.ExclusionRules) {
		return
	}
	p.With(append(check.OptIn(contract.ActiveRequests, contract.BodySizes)(p.Subject), p.Subject.ExcludeVariable+"=relay"), func() {
		p.Equal("series with measurements of an excluded request", p.Measure(func() {
			p.During(func() {
				p.Collected()
				p.Equal(probe.ActiveMetric+" during an excluded request", p.Active(p.Receiver().Snapshot()), 0.0)
			})
		}).Histograms(), []string{})
	})
}

func checkChildrenOfExcluded(p *probe.Probe) {
	requireExcludedHandlerStartsSpan(p)
	for _, path := range excludedPaths {
		x := p.Send(wire.Get(path))
		p.SendAs(wire.Get(path))
		if x.Response.Status != http.StatusOK {
			p.Cannot("the response to GET %s violates CONTRACT.md: got %s, want 200", path, x.Response)
		}
		p.Settle()
		p.Equal("spans in the trace of the excluded GET "+path, probe.Names(p.Trace(x.TraceID)), []string{})
	}
	p.Equal("spans excluded_logic of excluded requests, with and without a traceparent",
		probe.Names(p.Receiver().Snapshot().SpansNamed("excluded_logic")), []string{})
	if !p.Has(contract.ExclusionRules) {
		return
	}
	p.With([]string{p.Subject.ExcludeVariable + "=relay"}, func() {
		peer := p.Peer()
		x := p.Send(wire.Post("/relay", peer.Relay("/echo")))
		p.Settle()
		p.Equal("spans in the trace of the excluded POST /relay", probe.Names(p.Trace(x.TraceID)), []string{})
		if call, ok := peer.Only(p); ok {
			checkUnsampledCall(p, call, "00-"+x.TraceID+"-")
		}
		peer = p.Peer()
		p.SendAs(wire.Post("/relay", peer.Relay("/echo")))
		if call, ok := peer.Only(p); ok && call.Get("Traceparent") != "" {
			checkUnsampledCall(p, call, "00-")
		}
	})
}

// requireExcludedHandlerStartsSpan checks that the handler of an excluded path starts a
// span in the service without its instrumentation. If the handler starts no span, the
// check ends with the outcome "error": a missing span would not prove that the request is
// excluded. If the suite cannot start the service without its instrumentation, nothing is
// checked.
func requireExcludedHandlerStartsSpan(p *probe.Probe) {
	if !p.Has(contract.Bare) || p.IsRunning() {
		return
	}
	p.With([]string{contract.BareService}, func() {
		p.SendAs(wire.Get(excludedPaths[0]))
		p.Settle()
		if len(p.Receiver().Snapshot().SpansNamed("excluded_logic")) == 0 {
			p.Cannot("the handler of GET %s violates CONTRACT.md: without instrumentation, it starts no span excluded_logic", excludedPaths[0])
		}
	})
}

// checkUnsampledCall records a problem unless the traceparent of an outgoing call begins
// with prefix and its sampled flag is not set. call are the headers of the outgoing call.
func checkUnsampledCall(p *probe.Probe, call http.Header, prefix string) {
	got := call.Get("Traceparent")
	p.True(strings.HasPrefix(got, prefix) && probe.IsUnsampled(got), "traceparent of an outgoing call", probe.Show(got), prefix+"…, with the sampled flag not set")
}

// checkInvalidRules checks that the service does not start with an invalid rule, and that
// the error names the rule.
func checkInvalidRules(p *probe.Probe) {
	for _, rule := range []string{"~^/broken(", "healthz?full=1"} {
		err := p.StartInPlace(p.Subject.ExcludeVariable + "=metrics," + rule)
		if err == nil {
			p.Problem("start with the invalid exclusion rule "+rule, "a running service", "an error that names the rule")
			continue
		}
		if p.Context().Err() != nil {
			p.Cannot("%w", errors.Join(err, p.Context().Err()))
		}
		p.True(strings.Contains(err.Error(), rule), "error at the start with the invalid exclusion rule "+rule, probe.Show(err.Error()), "an error that names the rule")
	}
}
