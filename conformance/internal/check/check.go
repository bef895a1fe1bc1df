package check

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
)

// Level says whether a rule comes from a specification or from this project.
type Level string

const (
	// Requirement means that the rule is a MUST or a SHOULD of W3C, of the semantic
	// conventions or of another OpenTelemetry specification. A subject passes if the
	// specification allows what it does.
	Requirement Level = "requirement"
	// Choice means that users or this project want the rule, but no specification requires
	// it. A specification may allow what the rule demands, recommend it under conditions,
	// or mention it in a section with the status Development.
	Choice Level = "choice"
)

// Check is a rule and the function that checks it.
type Check struct {
	// ID is the stable identifier: area and name, such as "exclude/children".
	ID string
	// Level says whether a specification requires the rule.
	Level Level
	// Rule is what a subject must do, in one sentence.
	Rule string
	// Source is the origin of the rule: a section of a specification, or the request of
	// users of instrumentations.
	Source string
	// Needs are the capabilities that the subject must have. Otherwise the check is not
	// applicable.
	Needs []contract.Capability
	// Env are environment variables, as NAME=value, that the service is started with in
	// addition to those that CONTRACT.md lists. Checks with the same Env share a service.
	Env []string
	// EnvFor returns additional variables that depend on the subject.
	EnvFor func(*probe.Declared) []string
	// Own is set if the check needs a service that no other check uses.
	Own bool
	// Measures is set if the check waits for metrics. The services of such a check export
	// metrics more often than others. Measures has no effect if Own is set.
	Measures bool

	// Run checks the subject.
	Run func(*probe.Probe)
}

// Area is the first part of the check's id.
func (c *Check) Area() string {
	area, _, _ := strings.Cut(c.ID, "/")
	return area
}

// Variables returns the environment variables that the check adds for its service: Env and
// the result of EnvFor.
func (c *Check) Variables(s *probe.Declared) []string {
	env := slices.Clone(c.Env)
	if c.EnvFor != nil {
		env = append(env, c.EnvFor(s)...)
	}
	return env
}

// Missing returns the capabilities that the check needs and the subject does
// not have.
func (c *Check) Missing(s *probe.Declared) []contract.Capability {
	var missing []contract.Capability
	for _, need := range c.Needs {
		if !s.Can(need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// OptIn returns an EnvFor function that enables the Opt-In telemetry of those wanted
// capabilities that the subject has. A service that is already running must have been
// started with this telemetry enabled.
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
