package core

import (
	"os/exec"
	"strings"
	"testing"
)

// baseModules are the modules that every service links, whatever its options. The key
// is the path of a module, and the value says what needs the module. If only one option
// needs a module, or only one value of an environment variable, the module is not
// listed: the code that imports it belongs to a separate module, such as core/prometheus.
var baseModules = map[string]string{
	"go.opentelemetry.io/otel":            "the API",
	"go.opentelemetry.io/otel/trace":      "the API",
	"go.opentelemetry.io/otel/metric":     "the API",
	"go.opentelemetry.io/otel/log":        "the API",
	"go.opentelemetry.io/otel/sdk":        "the providers",
	"go.opentelemetry.io/otel/sdk/metric": "the providers",
	"go.opentelemetry.io/otel/sdk/log":    "the providers",
	"go.opentelemetry.io/auto/sdk":        "otel/trace",
	"github.com/go-logr/logr":             "otel, for its own messages",
	"github.com/go-logr/stdr":             "otel, for its own messages",
	"github.com/cespare/xxhash/v2":        "otel/attribute",
	"github.com/google/uuid":              "service.instance.id of the resource",
	"golang.org/x/sys":                    "the detectors of the resource, and gRPC",

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace":                 "OTLP, the default",
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc":   "OTLP, the default",
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp":   "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, which a collector's address may ask for",
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc": "OTLP, the default",
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp": "OTLP over HTTP",
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc":       "OTLP, the default",
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp":       "OTLP over HTTP",
	"go.opentelemetry.io/proto/otlp":                                    "OTLP",
	"github.com/cenkalti/backoff/v5":                                    "the exporters of OTLP",
	"github.com/grpc-ecosystem/grpc-gateway/v2":                         "proto/otlp",
	"google.golang.org/genproto/googleapis/api":                         "proto/otlp",
	"google.golang.org/genproto/googleapis/rpc":                         "gRPC",
	"google.golang.org/grpc":                                            "OTLP, the default",
	"google.golang.org/protobuf":                                        "OTLP",
	"golang.org/x/net":                                                  "gRPC",
	"golang.org/x/text":                                                 "golang.org/x/net",
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric":            "console, a value that the specification gives to OTEL_METRICS_EXPORTER",
	"go.opentelemetry.io/otel/exporters/stdout/stdoutlog":               "console, a value that the specification gives to OTEL_LOGS_EXPORTER",
	"golang.org/x/term":                                                 "console for traces: whether it is a terminal, and how wide",

	"go.opentelemetry.io/contrib/propagators/autoprop": "OTEL_PROPAGATORS, with the values that the specification gives it",
	"go.opentelemetry.io/contrib/propagators/b3":       "its value b3",
	"go.opentelemetry.io/contrib/propagators/jaeger":   "its value jaeger",
	"go.opentelemetry.io/contrib/propagators/ot":       "its value ottrace",
	"go.opentelemetry.io/contrib/propagators/aws":      "its value xray",
	"go.uber.org/multierr":                             "propagators/ot",
	"go.opentelemetry.io/contrib/bridges/otelslog":     "Telemetry.LogHandler, with which a service's log is one of the three signals",
}

// TestServiceLinksOnlyBaseModules proves that a service links only the base modules,
// and no dependency of an option that it does not use.
func TestServiceLinksOnlyBaseModules(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := make(map[string]bool)
	for module := range strings.Lines(string(output)) {
		if module = strings.TrimSpace(module); module != "" && !strings.HasPrefix(module, "github.com/samespan/samespan/") {
			linked[module] = true
		}
	}
	for module := range linked {
		if baseModules[module] == "" {
			t.Errorf("core links %s: want what needs it in a module of its own, or what every service needs it for", module)
		}
	}
	for module, reason := range baseModules {
		if !linked[module] {
			t.Errorf("core does not link %s (%s): want it out of the list", module, reason)
		}
	}
}
