package comparison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// coreSuffix is the name suffix of official middlewares that are combined with core.
const coreSuffix = "+core"

// fact is the reason why one or several subjects fail a check, as found by reading the
// check's report.
type fact struct {
	check string // the check's id
	// subjects are the names of the subjects, separated by spaces. A fact about an
	// official middleware also applies to the middleware with core, if the middleware with
	// core fails the check too.
	subjects string
	// reason is the reason, as Markdown.
	reason string
}

// reasonsFor returns the reasons in facts why the named subject fails the check.
func reasonsFor(facts []fact, name, check string) (texts []string) {
	for _, f := range facts {
		if f.check == check && slices.Contains(strings.Fields(f.subjects), name) {
			texts = append(texts, f.reason)
		}
	}
	return texts
}

// checkFacts returns an error if a failure in the matrix has no fact or several facts, or if
// a fact is about a check that does not fail.
func checkFacts(golden *matrix.Expectation, facts []fact) error {
	for _, name := range golden.Subjects() {
		for _, check := range golden.Checks() {
			reasons, fails := reasonsFor(facts, name, check), golden.Outcome(name, check) == conformance.Fail
			inherited := reasonsFor(facts, strings.TrimSuffix(name, coreSuffix), check)
			switch {
			case len(reasons) > 1:
				return fmt.Errorf("comparison: got %d facts about why %s fails %s, want 1", len(reasons), name, check)
			case fails && len(reasons)+len(inherited) == 0:
				return fmt.Errorf("comparison: %s fails %s, but no fact says why: add one", name, check)
			case !fails && len(reasons) > 0:
				return fmt.Errorf("comparison: a fact says why %s fails %s, but that check does not fail: remove the fact", name, check)
			}
		}
	}
	for _, f := range facts {
		for name := range strings.FieldsSeq(f.subjects) {
			if golden.Outcome(name, f.check) == "" {
				return fmt.Errorf("comparison: a fact is about %s and %s, want a subject and a check in the matrix", name, f.check)
			}
		}
	}
	return nil
}

// checkVersions returns an error if an official middleware has another version than the
// one for which the facts were written.
func checkVersions(subjects []subject.Subject, versions map[string]string) error {
	for i := range subjects {
		s := &subjects[i]
		if want := versions[s.Name]; s.Official && s.InstrumentationVersion != want {
			return fmt.Errorf("comparison: the facts about %s describe version %q, but the current version is %s: "+
				"update them from the output of `go run ./conformance/compare matrix --subject %s --format markdown`", s.Name, want, s.InstrumentationVersion, s.Name)
		}
	}
	return nil
}
