package fiberotel

// Version is the version of this module and of its instrumentation scope.
const Version = "0.1.0"
