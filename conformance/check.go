package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// Level says whether a rule is somebody else's or this project's.
type Level string

const (
	// Requirement says: the rule stands in a specification, that of W3C, of the
	// semantic conventions or of OpenTelemetry, and asks for no more than it does.
	Requirement Level = "requirement"
	// Choice says: no specification asks for it; users do, or this project.
	Choice Level = "choice"
)

// Check is one rule, and how to tell whether a subject keeps it.
type Check struct {
	// ID is stable: area and name, such as "exclude/children".
	ID string
	// Level says whether a specification asks for it.
	Level Level
	// Rule is what a subject must do, in one sentence.
	Rule string
	// Source is where the rule comes from: a section of a specification, or
	// what users of instrumentation ask for.
	Source string
	// Needs are the capabilities without which the check does not apply.
	Needs []Capability
	// Env are variables, as NAME=value, that the service is started with
	// besides the contract's own. Checks with the same Env share a service.
	Env []string
	// EnvFor adds variables that depend on the subject.
	EnvFor func(*Subject) []string
	// Own asks for a service that no other check sees.
	Own bool

	run func(*Probe)
}

// Area is the first part of the check's id.
func (c *Check) Area() string {
	area, _, _ := strings.Cut(c.ID, "/")
	return area
}

// env are the variables of the check's service.
func (c *Check) env(s *Subject) []string {
	env := slices.Clone(c.Env)
	if c.EnvFor != nil {
		env = append(env, c.EnvFor(s)...)
	}
	return env
}

// missing returns what the check needs and the subject does not have.
func (c *Check) missing(s *Subject) []Capability {
	var missing []Capability
	for _, need := range c.Needs {
		if !s.Capabilities[need] {
			missing = append(missing, need)
		}
	}
	return missing
}

// Checks are all checks, area by area.
func Checks() []Check {
	return slices.Concat(
		parentChecks(),
		spanChecks(),
		errorChecks(),
		excludeChecks(),
		metricChecks(),
		flushChecks(),
		transparentChecks(),
		trustChecks(),
	)
}

// selected returns the checks whose ids match one of the patterns, all for
// none. A pattern that matches nothing is an error.
func selected(checks []Check, patterns []string) ([]Check, error) {
	if len(patterns) == 0 {
		return checks, nil
	}
	for _, pattern := range patterns {
		if err := matchesSome(pattern, checks); err != nil {
			return nil, fmt.Errorf("conformance: %w", err)
		}
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c Check) bool {
		return !slices.ContainsFunc(patterns, func(pattern string) bool { return matchesSome(pattern, []Check{c}) == nil })
	}), nil
}
