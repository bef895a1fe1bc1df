package declared

import (
	"context"
	"os"
	"regexp"

	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// containerDetector detects the id of the container. The SDK's detector finds no id with
// cgroup v2. Outside of containers, it takes a part of a systemd unit for an id, such as
// the 3 of session-3.scope.
type containerDetector struct {
	// readFile reads a file.
	readFile func(name string) ([]byte, error)
	// getenv reads an environment variable.
	getenv func(name string) string
}

// Detect returns a resource with the id of the container. The resource is empty if there
// is no container, or if its id is not known.
func (d containerDetector) Detect(context.Context) (*resource.Resource, error) {
	id := d.containerID()
	if id == "" {
		return resource.Empty(), nil
	}
	// Without a schema URL, which may differ from that of the SDK's detectors.
	return resource.NewSchemaless(semconv.ContainerID(id)), nil
}

var (
	// cgroupID matches a line of /proc/self/cgroup with the id of a container, or of
	// several, of which the last is the innermost. The second form of an id is that of
	// AWS Fargate.
	cgroupID = regexp.MustCompile(`(?m)^.*[/:-]([0-9a-f]{64}|[0-9a-f]{32}-[0-9]+)(?:\.scope)?(?:/.*)?$`)
	// mountID matches the source of a mount that Docker and Podman make for each
	// container, in /proc/self/mountinfo.
	mountID = regexp.MustCompile(`/(?:overlay-)?containers/([0-9a-f]{64})/(?:userdata/)?hostname `)
)

// containerID returns the id of the container, or "" if it is not known. With cgroup v2,
// a container usually does not see its own cgroup. In Kubernetes, the mounts have the id of
// the pod's sandbox, which is another container.
func (d containerDetector) containerID() string {
	if id := d.find("/proc/self/cgroup", cgroupID); id != "" || d.getenv("KUBERNETES_SERVICE_HOST") != "" {
		return id
	}
	return d.find("/proc/self/mountinfo", mountID)
}

// find returns the first submatch of pattern in the file, or "" if there is none or the
// file cannot be read.
func (d containerDetector) find(name string, pattern *regexp.Regexp) string {
	text, err := d.readFile(name)
	if err != nil {
		return "" // not Linux, or a container without /proc
	}
	if match := pattern.FindSubmatch(text); match != nil {
		return string(match[1])
	}
	return ""
}

// newContainerDetector returns a detector that reads the files of this process.
func newContainerDetector() containerDetector {
	return containerDetector{readFile: os.ReadFile, getenv: os.Getenv}
}
