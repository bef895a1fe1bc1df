package conformance

// flushChecks are about nothing being lost.
func flushChecks() []Check { return nil }
