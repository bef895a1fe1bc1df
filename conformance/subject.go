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
	// Has are the capabilities that the subject has.
	Has []Capability
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
	// Skip are checks that are not to be run, with the reasons. A key is as one of
	// KnownFailures. They are reported as not applicable.
	Skip map[string]string
}

// declared is what the checks are told of the subject.
func (s *Subject) declared() *probe.Declared {
	template := s.Template
	if template == nil {
		template = func(route string) string { return route }
	}
	return &probe.Declared{
		Name: s.Name, Instrumentation: s.Instrumentation, InstrumentationVersion: s.InstrumentationVersion,
		Has: converted[contract.Capability](s.Has), Template: template,
		ExcludeVariable: s.ExcludeVariable, OwnExcludeVariable: s.OwnExcludeVariable,
		Running: s.isRunning(),
	}
}

// start starts the service.
func (s *Subject) start(ctx context.Context, launch service.Launch) (service.Service, error) {
	return s.Starter.Start(ctx, Launch(launch))
}

// isRunning tells whether the subject is not the suite's to start.
func (s *Subject) isRunning() bool {
	_, ok := s.Starter.(running)
	return ok
}

// validate returns everything that is wrong with the subject's declaration.
func (s *Subject) validate(checks []check.Check) error {
	var problems []error
	if s.Name == "" {
		problems = append(problems, errors.New("a subject has no name"))
	}
	if s.Starter == nil {
		problems = append(problems, fmt.Errorf("%s: there is no Starter", s.Name))
	}
	for _, capability := range s.Has {
		if !slices.Contains(Capabilities(), capability) {
			problems = append(problems, fmt.Errorf("%s: there is no capability %q, want some of %q", s.Name, capability, Capabilities()))
		}
	}
	if slices.Contains(s.Has, ExclusionRules) && s.ExcludeVariable == "" {
		problems = append(problems, fmt.Errorf("%s: it has %s, but there is no ExcludeVariable", s.Name, ExclusionRules))
	}
	for what, reasons := range map[string]map[string]string{"known failure": s.KnownFailures, "skip": s.Skip} {
		for _, pattern := range slices.Sorted(maps.Keys(reasons)) {
			if reasons[pattern] == "" {
				problems = append(problems, fmt.Errorf("%s: the %s %q has no reason", s.Name, what, pattern))
			}
			if err := matchesSome(pattern, checks); err != nil {
				problems = append(problems, fmt.Errorf("%s: %s: %w", s.Name, what, err))
			}
		}
	}
	return errors.Join(problems...)
}

// reasonFor returns the reason of the first pattern that matches the check, "" if
// none does.
func reasonFor(id string, reasons map[string]string) string {
	for _, pattern := range slices.Sorted(maps.Keys(reasons)) {
		if ok, err := path.Match(pattern, id); err == nil && ok {
			return reasons[pattern]
		}
	}
	return ""
}
