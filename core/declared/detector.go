package declared

import "go.opentelemetry.io/otel/sdk/resource"

// HostDetectors returns core's detectors of the host and the operating system.
func HostDetectors() []resource.Option {
	return []resource.Option{resource.WithHost(), resource.WithOS()}
}

// ProcessDetectors returns core's detectors of the process. They do not detect
// command-line arguments, which may be secrets.
func ProcessDetectors() []resource.Option {
	return []resource.Option{
		resource.WithProcessPID(),
		resource.WithProcessExecutableName(),
		resource.WithProcessRuntimeName(),
		resource.WithProcessRuntimeVersion(),
		resource.WithProcessRuntimeDescription(),
	}
}

// ContainerDetectors returns core's detector of the container.
func ContainerDetectors() []resource.Option {
	return []resource.Option{resource.WithDetectors(newContainerDetector())}
}
