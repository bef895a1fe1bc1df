package declared

import "go.opentelemetry.io/otel/sdk/resource"

// HostDetectors returns the detectors of the host and the operating system that core
// uses.
func HostDetectors() []resource.Option {
	return []resource.Option{resource.WithHost(), resource.WithOS()}
}

// ProcessDetectors returns the detectors of the process that core uses. They do
// not detect command-line arguments, which may be secrets.
func ProcessDetectors() []resource.Option {
	return []resource.Option{
		resource.WithProcessPID(),
		resource.WithProcessExecutableName(),
		resource.WithProcessRuntimeName(),
		resource.WithProcessRuntimeVersion(),
		resource.WithProcessRuntimeDescription(),
	}
}

// ContainerDetectors returns the detector of the container.
func ContainerDetectors() []resource.Option { return []resource.Option{resource.WithContainer()} }
