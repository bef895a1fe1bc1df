package conformance

import "github.com/samespan/samespan/conformance/internal/contract"

// AboutCapability describes a capability for people who declare a subject's capabilities.
type AboutCapability struct {
	Capability Capability
	// Means says what a subject with the capability can do.
	Means string
	// Variable, as NAME=value, is the environment variable that checks set to use the
	// capability; "" if there is none.
	Variable string
	// Routes are the additional routes that a service with the capability serves.
	Routes []string
}

// AboutCapabilities returns the descriptions of all capabilities, in the order
// of [Capabilities].
func AboutCapabilities() []AboutCapability {
	var abouts []AboutCapability
	for _, about := range contract.Abouts() {
		abouts = append(abouts, AboutCapability{Capability(about.Capability), about.Means, about.Variable, about.Routes})
	}
	return abouts
}
