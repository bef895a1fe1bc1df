package conformance

import "github.com/samespan/samespan/conformance/internal/contract"

// AboutCapability describes a capability, for those who declare it.
type AboutCapability struct {
	Capability Capability
	// Means is what a subject with the capability can do.
	Means string
	// Variable, as NAME=value, is what single checks set to use it; "" if there
	// is none.
	Variable string
	// Routes are the additional routes that the service serves for it.
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
