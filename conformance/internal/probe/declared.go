package probe

import (
	"slices"

	"github.com/samespan/samespan/conformance/internal/contract"
)

// Declared is what a subject declares of itself.
type Declared struct {
	// Name is the service.name that it is started with.
	Name string
	// Instrumentation and InstrumentationVersion name its scope, "" for an unknown
	// one.
	Instrumentation, InstrumentationVersion string
	// Has are its capabilities.
	Has []contract.Capability
	// Template returns the framework's form of a route that is given with braces.
	Template func(route string) string
	// ExcludeVariable and OwnExcludeVariable name the variables of exclusion rules.
	ExcludeVariable, OwnExcludeVariable string
	// Offer is what its service offers, nil while that is not known.
	Offer *Offer
	// Running says that the service is not the suite's to start.
	Running bool
	// PeerHost is where the service reaches the suite, "" for this machine.
	PeerHost string
}

// Can tells whether the subject has the capability.
func (s *Declared) Can(c contract.Capability) bool { return slices.Contains(s.Has, c) }
