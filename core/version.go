package core

// Version is the version of this module, reported with the spans that it
// starts itself.
const Version = "0.1.0"

// scopeName is the instrumentation scope of the spans that this package
// starts: those of [Telemetry.Go].
const scopeName = "github.com/samespan/samespan/core"
