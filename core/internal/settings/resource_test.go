package settings

import (
	"os"
	"runtime/debug"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/logtest"
)

// resolveResourceAttributes returns the resource attributes for the environment and the
// given options.
func resolveResourceAttributes(t *testing.T, options Options) map[attribute.Key]string {
	t.Helper()
	s, problems := Resolve(options)
	if len(problems) > 0 {
		t.Error(problems)
	}
	logger, _ := logtest.New()
	result := make(map[attribute.Key]string)
	for _, kv := range s.NewResource(t.Context(), logger).Attributes() {
		result[kv.Key] = kv.Value.String()
	}
	return result
}

// fakeReadBuildInfo returns a function to replace readBuildInfo. path and version are the
// path and the version of the main module.
func fakeReadBuildInfo(path, version string) func() (*debug.BuildInfo, bool) {
	return func() (*debug.BuildInfo, bool) {
		return &debug.BuildInfo{Main: debug.Module{Path: path, Version: version}}, true
	}
}

// TestServiceNameAndVersionPrecedence proves that the environment takes precedence over
// options, and options over build information.
func TestServiceNameAndVersionPrecedence(t *testing.T) {
	defer func(read func() (*debug.BuildInfo, bool)) { readBuildInfo = read }(readBuildInfo)
	executable := executableName()
	for _, test := range []struct {
		name string
		// serviceName is the value of OTEL_SERVICE_NAME, and attributes the value of
		// OTEL_RESOURCE_ATTRIBUTES.
		serviceName, attributes string
		options                 Options
		// path and version are the path and the version of the main module.
		path, version         string
		wantName, wantVersion string
	}{
		{name: "module", path: "example.com/shop/orders", version: "v1.2.3", wantName: "orders", wantVersion: "v1.2.3"},
		{name: "module of a later major", path: "example.com/shop/orders/v2", version: "(devel)", wantName: "orders"},
		{name: "module named like a version", path: "v2", wantName: "v2"},
		{name: "executable", wantName: executable},
		{name: "option", path: "m", version: "v1", options: Options{ServiceName: "o", ServiceVersion: "7"}, wantName: "o", wantVersion: "7"},
		{name: "option as an attribute", path: "m", options: Options{Attributes: []attribute.KeyValue{attribute.String("service.name", "a")}}, wantName: "a"},
		{name: "two options", path: "m", options: Options{Attributes: []attribute.KeyValue{attribute.String("service.name", "a")}, ServiceName: "o"}, wantName: "o"},
		{name: "attributes of the environment", attributes: "service.name=e,service.version=9", options: Options{ServiceName: "o", ServiceVersion: "7"}, wantName: "e", wantVersion: "9"},
		{name: "name of the environment", serviceName: "n", attributes: "service.name=e", options: Options{ServiceName: "o"}, wantName: "n"},
		{name: "empty in the environment", path: "m", attributes: "service.name=", wantName: "m"},
	} {
		t.Run(test.name, func(t *testing.T) {
			envtest.Clear(t)
			t.Setenv("OTEL_SERVICE_NAME", test.serviceName)
			t.Setenv("OTEL_RESOURCE_ATTRIBUTES", test.attributes)
			readBuildInfo = fakeReadBuildInfo(test.path, test.version)
			got := resolveResourceAttributes(t, test.options)
			if got["service.name"] != test.wantName || got["service.version"] != test.wantVersion {
				t.Errorf("got %q %q, want %q %q", got["service.name"], got["service.version"], test.wantName, test.wantVersion)
			}
		})
	}
}

// TestResourceHasConfiguredAndDetectedAttributes proves that the resource has the
// attributes of the environment, of options, of the SDK and of the process, but not the
// command line.
func TestResourceHasConfiguredAndDetectedAttributes(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=production,team=platform, note = a%2Cb%20c%3D , empty=,team=core,")
	got := resolveResourceAttributes(t, Options{Attributes: []attribute.KeyValue{attribute.String("team", "option"), attribute.String("region", "north")}})
	for key, want := range map[attribute.Key]string{
		"deployment.environment": "production",
		"team":                   "core",
		"note":                   "a,b c=",
		"empty":                  "",
		"region":                 "north",
		"telemetry.sdk.language": "go",
	} {
		if value, ok := got[key]; !ok || value != want {
			t.Errorf("%s: got %q, want %q", key, value, want)
		}
	}
	for _, key := range []attribute.Key{"host.name", "os.type", "process.pid", "process.executable.name", "process.runtime.version", "service.instance.id"} {
		if got[key] == "" {
			t.Errorf("%s is missing", key)
		}
	}
	for _, key := range []attribute.Key{"process.command_args", "process.command_line", "process.owner"} {
		if value, ok := got[key]; ok {
			t.Errorf("%s is there: %s", key, value)
		}
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=one")
	if got := resolveResourceAttributes(t, Options{})["service.instance.id"]; got != "one" {
		t.Errorf("got instance %q, want one", got)
	}
}

func TestExecutableNameIsNotEmpty(t *testing.T) {
	if path, err := os.Executable(); err == nil && executableName() == "" {
		t.Errorf("got no name of %s", path)
	}
}
