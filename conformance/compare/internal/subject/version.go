package subject

import "runtime/debug"

// The module paths of the frameworks.
const (
	ginModule    = "github.com/gin-gonic/gin"
	echoModule   = "github.com/labstack/echo/v4"
	echo5Module  = "github.com/labstack/echo/v5"
	fiberModule  = "github.com/gofiber/fiber/v2"
	fiber3Module = "github.com/gofiber/fiber/v3"
)

// requiredVersions are the module versions that go.mod requires. A test compares them with
// go.mod. The code does not use the name Version of these modules: some do not have it, and
// in others it has changed from a constant to a function or back.
var requiredVersions = map[string]string{
	ginModule:    "v1.12.0",
	echoModule:   "v4.16.0",
	echo5Module:  "v5.4.4",
	fiberModule:  "v2.52.15",
	fiber3Module: "v3.1.0",

	"github.com/go-chi/chi/v5":                                                      "v5.5.0",
	"github.com/gorilla/mux":                                                        "v1.8.1",
	"github.com/gofiber/contrib/otelfiber/v2":                                       "v2.1.1",
	"github.com/riandyrn/otelchi":                                                   "v0.12.2",
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp":                 "v0.72.0",
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin":  "v0.65.0",
	"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux":    "v0.58.0",
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho": "v0.60.0",
}

// versionOf returns the version of a module in this program. Test binaries do not contain
// module versions; in them it returns the required version.
func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return requiredVersions[module]
}
