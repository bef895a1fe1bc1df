package conformance

// trustChecks are about what a stranger may decide.
func trustChecks() []Check { return nil }
