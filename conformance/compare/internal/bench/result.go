package bench

import (
	"runtime"
	"runtime/debug"

	"github.com/klauspost/cpuid/v2"
)

// Result has all measurements of one run.
type Result struct {
	Machine  Machine           `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Requests are the costs of requests, measured in process. Scale has the same costs for
	// increasing numbers of routes and of concurrent requests. Processes are the costs of
	// whole services.
	Requests  []Row        `json:"requests"`
	Scale     []ScaleRow   `json:"scale"`
	Processes []ProcessRow `json:"processes"`
	// Profiles show on which parts of their work whole services spend their time.
	Profiles []ProfileRow `json:"profiles"`
}

// Machine describes the machine of a measurement.
type Machine struct {
	System    string `json:"system"`
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Go        string `json:"go"`
}

// ThisMachine describes the current machine.
func ThisMachine() Machine {
	return Machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Processor: cpuid.CPU.BrandName,
		Cores: runtime.GOMAXPROCS(0), Go: runtime.Version(),
	}
}

// measuredModules maps the paths of modules to the names under which their versions are
// reported.
var measuredModules = map[string]string{
	"go.opentelemetry.io/otel/sdk":        "OpenTelemetry SDK",
	"go.opentelemetry.io/otel/sdk/metric": "OpenTelemetry metrics SDK",
	"github.com/gin-gonic/gin":            "Gin",
	"github.com/labstack/echo/v4":         "Echo",
	"github.com/gofiber/fiber/v2":         "Fiber",
	"github.com/labstack/echo/v5":         "Echo v5",
	"github.com/gofiber/fiber/v3":         "Fiber v3",
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin":  "otelgin",
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho": "otelecho",
	"github.com/gofiber/contrib/otelfiber/v2":                                       "otelfiber",
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp":                 "otelhttp",
	"github.com/go-chi/chi/v5":                                                      "chi",
	"github.com/riandyrn/otelchi":                                                   "otelchi",
	"github.com/newrelic/go-agent/v3":                                               "New Relic",
	"github.com/newrelic/go-agent/v3/integrations/nrgin":                            "nrgin",
	"github.com/newrelic/go-agent/v3/integrations/nrecho-v4":                        "nrecho-v4",
	"github.com/getsentry/sentry-go":                                                "Sentry",
	"github.com/getsentry/sentry-go/gin":                                            "sentrygin",
	"github.com/getsentry/sentry-go/echo":                                           "sentryecho",
	"github.com/getsentry/sentry-go/fiber":                                          "sentryfiber",
}

// Versions returns the versions of the measured modules.
func Versions() map[string]string {
	versions := make(map[string]string)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	for _, module := range info.Deps {
		if name, ok := measuredModules[module.Path]; ok {
			versions[name] = module.Version
		}
	}
	return versions
}
