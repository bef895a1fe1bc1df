package probe

import (
	"slices"

	"github.com/samespan/samespan/conformance/internal/contract"
)

// Declared is the declaration of a subject.
type Declared struct {
	// Name is the service.name it is started with.
	Name string
	// Instrumentation and InstrumentationVersion are its scope, "" if unknown.
	Instrumentation, InstrumentationVersion string
	// Has are its capabilities.
	Has []contract.Capability
	// Template converts a route with braces to the framework's form.
	Template func(route string) string
	// ExcludeVariable and OwnExcludeVariable name the variables of exclusion rules.
	ExcludeVariable, OwnExcludeVariable string
	// Offer is what its service offers; nil if that is not known yet.
	Offer *Offer
	// Running is set if the suite does not start the service.
	Running bool
	// PeerHost is where the service reaches the suite, "" for this machine.
	PeerHost string
}

// Can reports whether the subject has the capability.
func (s *Declared) Can(c contract.Capability) bool { return slices.Contains(s.Has, c) }
