package conformance

import "github.com/samespan/samespan/conformance/internal/contract"

// AboutCapability is what is to be known to declare a capability.
type AboutCapability struct {
	Capability Capability
	// Means is what a subject that has it can do.
	Means string
	// Variable, as NAME=value, asks the service for it in single checks; "" where
	// nothing does.
	Variable string
	// Routes are what the service serves for it, besides those of every service.
	Routes []string
}

// AboutCapabilities returns what is to be known of each capability, in the order of
// [Capabilities].
func AboutCapabilities() []AboutCapability {
	var abouts []AboutCapability
	for _, about := range contract.Abouts() {
		abouts = append(abouts, AboutCapability{Capability(about.Capability), about.Means, about.Variable, about.Routes})
	}
	return abouts
}
