package conformance

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
)

// Subject is what the suite judges: the reference service of CONTRACT.md on one
// framework, with one instrumentation.
type Subject struct {
	// Name is the subject's column in a matrix.
	Name string
	// Framework and Instrumentation say what it is made of, with the versions.
	// Instrumentation is the name of its scope in OpenTelemetry's sense: in Go,
	// the path of its module or package.
	Framework              string
	FrameworkVersion       string
	Instrumentation        string
	InstrumentationVersion string

	// Starter starts the service.
	Starter Starter
	// Capabilities declare, each one, what the subject has.
	Capabilities Capabilities
	// Template returns the framework's form of a route that is given with
	// braces, such as /process/{item_id}. Nil is the form with braces.
	Template func(route string) string
	// ExcludeVariable and OwnExcludeVariable name the environment variables
	// of exclusion rules, the general one and the framework's own that
	// replaces it.
	ExcludeVariable    string
	OwnExcludeVariable string

	// KnownFailures are the checks that the subject is known to fail, with
	// the reasons. A key is an id or a pattern of path.Match such as
	// "trust/*". One that passes all the same is a failure, and so is a
	// pattern that matches no check.
	KnownFailures map[string]string
}

// template returns the framework's form of a route.
func (s *Subject) template(route string) string {
	if s.Template == nil {
		return route
	}
	return s.Template(route)
}

// validate returns everything that is wrong with the subject's declaration.
func (s *Subject) validate(checks []Check) error {
	var problems []error
	if s.Name == "" {
		problems = append(problems, errors.New("a subject has no name"))
	}
	if s.Starter == nil {
		problems = append(problems, fmt.Errorf("%s: there is no Starter", s.Name))
	}
	if err := s.Capabilities.validate(); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", s.Name, err))
	}
	if s.Capabilities[ExclusionRules] && s.ExcludeVariable == "" {
		problems = append(problems, fmt.Errorf("%s: it has %s, but there is no ExcludeVariable", s.Name, ExclusionRules))
	}
	for _, pattern := range slices.Sorted(maps.Keys(s.KnownFailures)) {
		if s.KnownFailures[pattern] == "" {
			problems = append(problems, fmt.Errorf("%s: the known failure %q has no reason", s.Name, pattern))
		}
		if err := matchesSome(pattern, checks); err != nil {
			problems = append(problems, fmt.Errorf("%s: known failure: %w", s.Name, err))
		}
	}
	return errors.Join(problems...)
}

// knownFailure returns why the check is known to fail, "" if it is not.
func (s *Subject) knownFailure(id string) string {
	for pattern, reason := range s.KnownFailures {
		if ok, err := path.Match(pattern, id); err == nil && ok {
			return reason
		}
	}
	return ""
}

func matchesSome(pattern string, checks []Check) error {
	for _, c := range checks {
		ok, err := path.Match(pattern, c.ID)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if ok {
			return nil
		}
	}
	return fmt.Errorf("the pattern %q matches no check", pattern)
}
