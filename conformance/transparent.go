package conformance

// transparentChecks are about the application that cannot tell.
func transparentChecks() []Check { return nil }
