package comparison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

// withCore is what the names of the official middlewares under this project's
// life cycle and rules end with.
const withCore = "+core"

// fact is why subjects fail a check: what the suite saw of them, in words.
type fact struct {
	check string
	// subjects are their names, with space between them. What an official
	// middleware fails is true of it with core too, where it fails there.
	subjects string
	// saw is Markdown.
	saw string
}

// of returns what was seen when the subject itself failed the check.
func of(facts []fact, subject, check string) (saw []string) {
	for _, f := range facts {
		if f.check == check && slices.Contains(strings.Fields(f.subjects), subject) {
			saw = append(saw, f.saw)
		}
	}
	return saw
}

// explained tells whether every failure of the matrix has a fact, and every
// fact a failure.
func explained(golden *matrix.Expectation, facts []fact) error {
	for _, subject := range golden.Subjects() {
		for _, check := range golden.Checks() {
			own, fails := of(facts, subject, check), golden.Outcome(subject, check) == conformance.Fail
			inherited := of(facts, strings.TrimSuffix(subject, withCore), check)
			switch {
			case len(own) > 1:
				return fmt.Errorf("comparison: got %d facts of why %s fails %s, want one", len(own), subject, check)
			case fails && len(own)+len(inherited) == 0:
				return fmt.Errorf("comparison: %s fails %s, and no fact says why", subject, check)
			case !fails && len(own) > 0:
				return fmt.Errorf("comparison: a fact says why %s fails %s, which it does not", subject, check)
			}
		}
	}
	for _, f := range facts {
		for subject := range strings.FieldsSeq(f.subjects) {
			if golden.Outcome(subject, f.check) == "" {
				return fmt.Errorf("comparison: a fact is of %s and %s, which the matrix does not have", subject, f.check)
			}
		}
	}
	return nil
}
