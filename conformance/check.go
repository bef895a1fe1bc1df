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

// Level says whether a rule is somebody else's or this project's.
type Level string

const (
	// Requirement says: the rule stands in a specification, that of W3C, of the
	// semantic conventions or of OpenTelemetry, and asks for no more than it does.
	Requirement = Level(check.Requirement)
	// Choice says: no specification asks for it; users do, or this project.
	Choice = Level(check.Choice)
)

// Check is one rule by which subjects are judged.
type Check struct {
	// ID is stable: area and name, such as "exclude/children".
	ID string `json:"id"`
	// Level says whether a specification asks for it.
	Level Level `json:"level,omitempty"`
	// Rule is what a subject must do, in one sentence.
	Rule string `json:"rule"`
	// Source is where the rule comes from: a section of a specification, or
	// what users of instrumentation ask for.
	Source string `json:"source"`
	// Needs are the capabilities without which the check does not apply.
	Needs []Capability `json:"needs,omitempty"`
	// Hint says where to look when the check fails, and Help is the address of the
	// documentation of the check.
	Hint string `json:"hint,omitempty"`
	Help string `json:"help,omitempty"`
}

// Area is the first part of the check's id.
func (c *Check) Area() string {
	area, _, _ := strings.Cut(c.ID, "/")
	return area
}

// documentation is where CHECKS.md is to be read.
const documentation = "https://github.com/samespan/samespan/blob/main/conformance/CHECKS.md"

// Checks returns all checks, area by area.
func Checks() []Check {
	var checks []Check
	for _, c := range all() {
		checks = append(checks, newCheck(&c))
	}
	return checks
}

func newCheck(c *check.Check) Check {
	return Check{
		ID: c.ID, Level: Level(c.Level), Rule: c.Rule, Source: c.Source, Needs: converted[Capability](c.Needs),
		Hint: hint.For(c.ID), Help: documentation + "#" + hint.Anchor(c.ID),
	}
}

func all() []check.Check {
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

// selected returns the checks that the options choose. A pattern that matches
// nothing is an error, and so is a choice of nothing.
func selected(checks []check.Check, c *config) ([]check.Check, error) {
	for _, pattern := range c.patterns {
		if err := matchesSome(pattern, checks); err != nil {
			return nil, fmt.Errorf("conformance: %w", err)
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(checks), func(each check.Check) bool {
		matches := func(pattern string) bool { return matchesSome(pattern, []check.Check{each}) == nil }
		return c.level != "" && Level(each.Level) != c.level || len(c.patterns) > 0 && !slices.ContainsFunc(c.patterns, matches)
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("conformance: no check of level %q matches %q", c.level, c.patterns)
	}
	return chosen, nil
}

func matchesSome(pattern string, checks []check.Check) error {
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
