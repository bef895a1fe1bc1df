package settings

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/internal/env"
)

const (
	variableServiceName        = "OTEL_SERVICE_NAME"
	variableResourceAttributes = "OTEL_RESOURCE_ATTRIBUTES"
)

// resourceAttributes returns the attributes that describe the service. fileAttributes, the
// attributes of the configuration file, take precedence over the environment, the
// environment over the options, and the options over build information.
func resourceAttributes(e *environment, c *Options, fileAttributes []attribute.KeyValue) []attribute.KeyValue {
	name, version := buildIdentity()
	if c.ServiceName != "" {
		name = c.ServiceName
	}
	if c.ServiceVersion != "" {
		version = c.ServiceVersion
	}

	attributes := append([]attribute.KeyValue{semconv.ServiceInstanceID(uuid.NewString())}, c.Attributes...)
	// WithServiceName takes precedence over a service.name among the
	// attributes; the name from the build does not.
	if c.ServiceName != "" || !hasKey(c.Attributes, semconv.ServiceNameKey) {
		attributes = append(attributes, semconv.ServiceName(name))
	}
	if version != "" && (c.ServiceVersion != "" || !hasKey(c.Attributes, semconv.ServiceVersionKey)) {
		attributes = append(attributes, semconv.ServiceVersion(version))
	}

	if value, ok := e.vars.Lookup(variableResourceAttributes); ok {
		e.warnOfReferences(variableResourceAttributes, value)
		pairs, err := parsePairs(e.unquote(variableResourceAttributes, value))
		if err != nil {
			e.addVariableError(&env.Invalid{
				Name: e.vars.Label(variableResourceAttributes), Value: value, Problem: err.Error(),
				Want: "key=value pairs separated by commas",
			})
			pairs = nil
		}
		for _, p := range pairs {
			if attribute.Key(p.key) == semconv.ServiceNameKey && strings.TrimSpace(p.value) == "" {
				continue
			}
			attributes = append(attributes, attribute.String(p.key, p.value))
		}
	}
	if value, ok := e.vars.Lookup(variableServiceName); ok {
		e.warnOfReferences(variableServiceName, value)
		if value = e.unquote(variableServiceName, value); value != "" {
			attributes = append(attributes, semconv.ServiceName(value))
		}
	}
	attributes, _ = sanitize.Attributes(append(attributes, fileAttributes...))
	return attributes
}

// hasKey reports whether attributes contain key.
func hasKey(attributes []attribute.KeyValue, key attribute.Key) bool {
	for _, kv := range attributes {
		if kv.Key == key {
			return true
		}
	}
	return false
}

// NewResource detects resource attributes and adds the configured attributes. If a
// detector fails, for example in a container without /proc, its attributes are omitted.
// Command-line arguments are never read, since they may be secrets. If there is a
// configuration file, the file selects the detectors.
func (s *Settings) NewResource(ctx context.Context, logger *slog.Logger) *resource.Resource {
	attributes, file := s.Attributes, s.File
	detectors := slices.Concat(declared.HostDetectors(), declared.ProcessDetectors(), declared.ContainerDetectors())
	if file.Name != "" {
		detectors = file.Detectors
	}
	detected, err := resource.New(ctx, append(detectors[:len(detectors):len(detectors)], resource.WithTelemetrySDK())...)
	if err != nil {
		logger.Debug("core: a part of the resource was not detected", "error", err)
	}
	if detected != nil && file.Keep != nil {
		filtered, _ := detected.Set().Filter(func(kv attribute.KeyValue) bool {
			return strings.HasPrefix(string(kv.Key), "telemetry.sdk.") || file.Keep(kv)
		})
		detected = resource.NewWithAttributes(detected.SchemaURL(), filtered.ToSlice()...)
	}
	configured := resource.NewSchemaless(attributes...)
	if detected == nil {
		return configured
	}
	// A detected attribute, such as the host name, may contain invalid UTF-8.
	if valid, changed := sanitize.Attributes(detected.Attributes()); changed {
		detected = resource.NewWithAttributes(detected.SchemaURL(), valid...)
	}
	merged, err := resource.Merge(detected, configured)
	if err != nil {
		logger.Debug("core: the resource was not merged cleanly", "error", err)
	}
	if merged == nil {
		return configured
	}
	if file.SchemaURL != "" {
		merged = resource.NewWithAttributes(file.SchemaURL, merged.Attributes()...)
	}
	return merged
}

// readBuildInfo is a variable so that tests can replace it.
var readBuildInfo = debug.ReadBuildInfo

// buildIdentity returns the service's name and version from build information.
// The name is never empty.
func buildIdentity() (name, version string) {
	if info, ok := readBuildInfo(); ok {
		name = moduleName(info.Main.Path)
		if info.Main.Version != "(devel)" {
			version = info.Main.Version
		}
	}
	if name == "" {
		name = executableName()
	}
	return name, version
}

// moduleName returns the last element of a module's path, without the major version:
// "orders" for example.com/shop/orders/v2.
func moduleName(path string) string {
	elements := strings.Split(path, "/")
	if last := len(elements) - 1; last > 0 && isMajorVersion(elements[last]) {
		elements = elements[:last]
	}
	return elements[len(elements)-1]
}

// isMajorVersion reports whether an element of a path is a major version, such as v2.
func isMajorVersion(element string) bool {
	digits, found := strings.CutPrefix(element, "v")
	return found && digits != "" && hasOnlyDigits(digits)
}

// executableName returns the name of the executable without its folder, or "service" if it
// is unknown.
func executableName() string {
	path, err := os.Executable()
	if err != nil && len(os.Args) > 0 {
		path = os.Args[0]
	}
	name := strings.TrimSuffix(filepath.Base(path), ".exe")
	if name == "" || name == "." || name == string(filepath.Separator) {
		return "service"
	}
	return name
}
