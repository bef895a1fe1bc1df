package check

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
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
	Needs []contract.Capability
	// Env are variables, as NAME=value, that the service is started with
	// besides the contract's own. Checks with the same Env share a service.
	Env []string
	// EnvFor adds variables that depend on the subject.
	EnvFor func(*probe.Declared) []string
	// Own asks for a service that no other check sees.
	Own bool

	// Run judges the subject.
	Run func(*probe.Probe)
}

// Area is the first part of the check's id.
func (c *Check) Area() string {
	area, _, _ := strings.Cut(c.ID, "/")
	return area
}

// Variables are the variables of the check's service.
func (c *Check) Variables(s *probe.Declared) []string {
	env := slices.Clone(c.Env)
	if c.EnvFor != nil {
		env = append(env, c.EnvFor(s)...)
	}
	return env
}

// Missing returns what the check needs and the subject does not have.
func (c *Check) Missing(s *probe.Declared) []contract.Capability {
	var missing []contract.Capability
	for _, need := range c.Needs {
		if !s.Can(need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// OptIn asks for telemetry that the conventions call Opt-In: what the subject
// has of it. A service that runs already was asked for it at its start.
func OptIn(wanted ...contract.Capability) func(*probe.Declared) []string {
	return func(s *probe.Declared) []string {
		var asked []string
		if s.Running {
			return nil
		}
		for _, capability := range wanted {
			if s.Can(capability) {
				asked = append(asked, strings.ReplaceAll(string(capability), " ", "_"))
			}
		}
		if asked == nil {
			return nil
		}
		return []string{"SAMESPAN_OPT_IN=" + strings.Join(asked, ",")}
	}
}
