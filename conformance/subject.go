package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
)

// Subject is a service to check. It implements CONTRACT.md with a framework and the
// instrumentation under test.
type Subject struct {
	// Name is the heading of the subject's column in a matrix.
	Name string
	// Framework and Instrumentation describe the subject, with their versions.
	// Instrumentation is the name of the instrumentation scope: in Go, the path of the
	// module or package.
	Framework              string
	FrameworkVersion       string
	Instrumentation        string
	InstrumentationVersion string

	// Starter starts the service.
	Starter Starter
	// Has are the capabilities that the subject has.
	Has []Capability
	// Template converts a route with braces, such as /process/{item_id}, to the
	// framework's form. If nil, the braces are kept. A function that returns "" says that
	// spans have no routes, as with a server without a router.
	Template func(route string) string
	// ExcludeVariable and OwnExcludeVariable name the environment variables for exclusion
	// rules: the general variable, and the framework's own variable that takes
	// precedence.
	ExcludeVariable    string
	OwnExcludeVariable string

	// KnownFailures lists the checks that the subject is known to fail. A key is a check's
	// id or a pattern of path.Match such as "trust/*", and the value is the reason. It is a
	// failure if a check that is known to fail passes, or if a pattern matches no check.
	KnownFailures map[string]string
	// Skip lists the checks that are not run. Keys and values are as in KnownFailures. The
	// checks are reported as not applicable.
	Skip map[string]string
}

// declaration returns the fields of s that the checks use, in their internal form.
func (s *Subject) declaration() *probe.Declared {
	template := s.Template
	if template == nil {
		template = func(route string) string { return route }
	}
	return &probe.Declared{
		Name: s.Name, Instrumentation: s.Instrumentation, InstrumentationVersion: s.InstrumentationVersion,
		Has: convertStrings[contract.Capability](s.Has), Template: template,
		ExcludeVariable: s.ExcludeVariable, OwnExcludeVariable: s.OwnExcludeVariable,
		Running: s.isAlreadyRunning(),
	}
}

// start starts the service.
func (s *Subject) start(ctx context.Context, launch service.Launch) (service.Service, error) {
	return s.Starter.Start(ctx, Launch(launch))
}

// isAlreadyRunning reports whether the subject's service was started outside the suite.
func (s *Subject) isAlreadyRunning() bool {
	_, ok := s.Starter.(attachStarter)
	return ok
}

// validate checks the subject's declaration and returns all errors.
func (s *Subject) validate(checks []check.Check) error {
	var problems []error
	if s.Name == "" {
		problems = append(problems, errors.New("the subject has no name: set Name"))
	}
	if s.Starter == nil {
		problems = append(problems, fmt.Errorf("%s: the subject has no Starter", s.Name))
	}
	for _, capability := range s.Has {
		if !slices.Contains(Capabilities(), capability) {
			problems = append(problems, fmt.Errorf("%s: unknown capability %q, want some of %q", s.Name, capability, Capabilities()))
		}
	}
	if slices.Contains(s.Has, ExclusionRules) && s.ExcludeVariable == "" {
		problems = append(problems, fmt.Errorf("%s: the subject has the capability %q, but no ExcludeVariable", s.Name, ExclusionRules))
	}
	for what, reasons := range map[string]map[string]string{"known failure": s.KnownFailures, "skip": s.Skip} {
		for _, pattern := range slices.Sorted(maps.Keys(reasons)) {
			if reasons[pattern] == "" {
				problems = append(problems, fmt.Errorf("%s: the %s %q has no reason", s.Name, what, pattern))
			}
			if err := validatePattern(pattern, checks); err != nil {
				problems = append(problems, fmt.Errorf("%s: %s: %w", s.Name, what, err))
			}
		}
	}
	return errors.Join(problems...)
}

// reasonFor returns the reason of the first pattern that matches the check, or "".
func reasonFor(id string, reasons map[string]string) string {
	for _, pattern := range slices.Sorted(maps.Keys(reasons)) {
		if ok, err := path.Match(pattern, id); err == nil && ok {
			return reasons[pattern]
		}
	}
	return ""
}
