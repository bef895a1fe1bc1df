package declared

import "go.opentelemetry.io/otel/sdk/resource"

// The detectors that a file can name, and that core uses without one.
// Command-line arguments are in none of them, since they may be secrets.
var (
	HostDetectors    = []resource.Option{resource.WithHost(), resource.WithOS()}
	ProcessDetectors = []resource.Option{
		resource.WithProcessPID(),
		resource.WithProcessExecutableName(),
		resource.WithProcessRuntimeName(),
		resource.WithProcessRuntimeVersion(),
		resource.WithProcessRuntimeDescription(),
	}
	ContainerDetectors = []resource.Option{resource.WithContainer()}
)
