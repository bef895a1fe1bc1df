package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/internal/env"
)

// importPaths maps variables and names to the packages that register the names. It is
// used in messages about names that are not in the build.
var importPaths = map[string]map[string]string{
	"OTEL_METRICS_EXPORTER": {"prometheus": "github.com/samespan/samespan/core/prometheus"},
	"OTEL_GO_ID_GENERATOR":  {"xray": "github.com/samespan/samespan/core/xray"},
	"OTEL_TRACES_SAMPLER": {
		"jaeger_remote":             "github.com/samespan/samespan/core/jaegerremote",
		"parentbased_jaeger_remote": "github.com/samespan/samespan/core/jaegerremote",
	},
}

// readRegisteredName reads a variable whose value must be one of names, the built-in and
// registered names. Its result is in lower case.
func (e *environment) readRegisteredName(variable, fallback string, names []string) string {
	value, ok := e.vars.Lookup(variable)
	if !ok {
		return fallback
	}
	if name := strings.ToLower(value); slices.Contains(names, name) {
		return name
	}
	e.addVariableError(e.unknownNameError(variable, value, names, strings.ToLower(value)))
	return fallback
}

// unknownNameError returns the error about a name that is not among names, the built-in
// and registered names. value is the value of the variable, and name the unknown name in
// it, in lower case.
func (e *environment) unknownNameError(variable, value string, names []string, name string) error {
	invalid := &env.Invalid{Name: e.vars.Label(variable), Value: value, Problem: "unknown", Want: "one of " + strings.Join(names, ", ")}
	if path := importPaths[variable][name]; path != "" {
		invalid.Problem = fmt.Sprintf("%s is not in this build", name)
		invalid.Want = fmt.Sprintf("import _ %q in the service, or one of %s", path, strings.Join(names, ", "))
	}
	return invalid
}

// These are the parts of the error if the metrics of the Go runtime are not linked: the
// problem and the remedy.
const (
	NoRuntimeMetrics     = "the metrics of the Go runtime are not in this build"
	ImportRuntimeMetrics = `import _ "github.com/samespan/samespan/core/runtimemetrics" in the service`
)

// readRuntimeMetricsEnabled reports whether the metrics of the Go runtime are enabled.
// option is true if WithRuntimeMetrics enables them. That option has already checked that
// they are linked.
func (e *environment) readRuntimeMetricsEnabled(option bool) bool {
	const variable = "OTEL_GO_RUNTIME_METRICS"
	wanted := e.readBoolean(variable, option)
	if !wanted || registry.RuntimeMetrics.Registered() {
		return wanted
	}
	if value, set := e.vars.Lookup(variable); set {
		e.addVariableError(&env.Invalid{
			Name: e.vars.Label(variable), Value: value,
			Problem: NoRuntimeMetrics, Want: ImportRuntimeMetrics + ", or false",
		})
	}
	return false
}
