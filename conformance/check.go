package conformance

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/check/errors"
	"github.com/samespan/samespan/conformance/internal/check/exclude"
	"github.com/samespan/samespan/conformance/internal/check/flush"
	"github.com/samespan/samespan/conformance/internal/check/metric"
	"github.com/samespan/samespan/conformance/internal/check/parent"
	"github.com/samespan/samespan/conformance/internal/check/span"
	"github.com/samespan/samespan/conformance/internal/check/transparent"
	"github.com/samespan/samespan/conformance/internal/check/trust"
	"github.com/samespan/samespan/conformance/internal/hint"
)

// Level says whether a rule comes from a specification or from this project.
type Level string

const (
	// Requirement means that the rule is a MUST or a SHOULD of W3C, of the semantic
	// conventions or of another OpenTelemetry specification. A subject passes if the
	// specification allows what it does.
	Requirement = Level(check.Requirement)
	// Choice means that users or this project want the rule, but no specification requires
	// it. A specification may allow what the rule demands, recommend it under conditions,
	// or mention it in a section with the status Development.
	Choice = Level(check.Choice)
)

// Check is one rule that subjects are checked against.
type Check struct {
	// ID is the stable identifier: area and name, such as "exclude/children".
	ID string `json:"id"`
	// Level says whether a specification requires the rule.
	Level Level `json:"level,omitempty"`
	// Rule is what a subject must do, in one sentence.
	Rule string `json:"rule"`
	// Source is the origin of the rule, such as a section of a specification, or bug
	// reports of instrumentations.
	Source string `json:"source"`
	// Needs are the capabilities that the subject must have. Otherwise the check is not
	// applicable.
	Needs []Capability `json:"needs,omitempty"`
	// Hint says where to look for the cause if the check fails. Help is the URL of the
	// check's documentation.
	Hint string `json:"hint,omitempty"`
	Help string `json:"help,omitempty"`
}

// Area is the first part of the check's id.
func (c *Check) Area() string {
	area, _, _ := strings.Cut(c.ID, "/")
	return area
}

// checksPageURL is the URL of CHECKS.md.
const checksPageURL = "https://github.com/samespan/samespan/blob/main/conformance/CHECKS.md"

// Checks returns all checks, area by area.
func Checks() []Check {
	var checks []Check
	for _, c := range allChecks() {
		checks = append(checks, newCheck(&c))
	}
	return checks
}

// newCheck converts a check to its exported form.
func newCheck(c *check.Check) Check {
	return Check{
		ID: c.ID, Level: Level(c.Level), Rule: c.Rule, Source: c.Source, Needs: convertStrings[Capability](c.Needs),
		Hint: hint.For(c.ID), Help: checksPageURL + "#" + hint.Anchor(c.ID),
	}
}

func allChecks() []check.Check {
	return slices.Concat(
		parent.Checks(),
		span.Checks(),
		errors.Checks(),
		exclude.Checks(),
		metric.Checks(),
		flush.Checks(),
		transparent.Checks(),
		trust.Checks(),
	)
}

// selectChecks returns the checks that the options select. It returns an error if a
// pattern matches no check, or if no check is left.
func selectChecks(checks []check.Check, c *config) ([]check.Check, error) {
	for _, pattern := range c.patterns {
		if err := validatePattern(pattern, checks); err != nil {
			return nil, fmt.Errorf("conformance: %w", err)
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(checks), func(each check.Check) bool {
		matches := func(pattern string) bool { return validatePattern(pattern, []check.Check{each}) == nil }
		return c.level != "" && Level(each.Level) != c.level || len(c.patterns) > 0 && !slices.ContainsFunc(c.patterns, matches)
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("conformance: no check of level %q matches %q", c.level, c.patterns)
	}
	return chosen, nil
}

// validatePattern returns an error unless the pattern is valid and matches the id of a check.
func validatePattern(pattern string, checks []check.Check) error {
	for i := range checks {
		ok, err := path.Match(pattern, checks[i].ID)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if ok {
			return nil
		}
	}
	return fmt.Errorf("the pattern %q matches no check", pattern)
}
