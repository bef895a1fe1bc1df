package probe

import (
	"slices"

	"github.com/samespan/samespan/conformance/internal/contract"
)

// Declared is the declaration of a subject.
type Declared struct {
	// Name is the service.name that the service is started with.
	Name string
	// Instrumentation and InstrumentationVersion are the name and version of the
	// instrumentation scope; "" if unknown.
	Instrumentation, InstrumentationVersion string
	// Has are the capabilities that the subject declares.
	Has []contract.Capability
	// Template converts a route with braces to the framework's form.
	Template func(route string) string
	// ExcludeVariable and OwnExcludeVariable name the environment variables for exclusion
	// rules: the general variable, and the framework's own variable that takes precedence.
	ExcludeVariable, OwnExcludeVariable string
	// Offer is the part of the contract that the service implements; nil if not yet known.
	Offer *Offer
	// Running is set if the suite does not start the service.
	Running bool
	// PeerHost is the host by which the service reaches the suite, "" if both are on the
	// same machine.
	PeerHost string
}

// Can reports whether the subject has the capability.
func (s *Declared) Can(c contract.Capability) bool { return slices.Contains(s.Has, c) }
