// Package subject has the subjects that the suite compares: the reference
// service in a framework, with an instrumentation.
package subject

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/fiberotel"
	fiber3otel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/nethttpotel"
)

// Subject is one way to instrument one framework.
type Subject struct {
	// Name is the subject's name on the command line: the path of its module.
	Name string
	// Framework is the framework's name as its users write it.
	Framework string
	// Process is the route of GET /process/{item_id} in the framework's form.
	Process string
	// Version is the version of the framework. InstrumentationVersion is the version of the
	// instrumentation.
	Version                string
	InstrumentationVersion string
	// Upstream is set if the middleware is the usual middleware for the framework, such as
	// otelgin, instead of this project's. Official is set if, in addition, the rest of the
	// service, such as its shutdown, uses nothing of this project.
	Upstream, Official bool
	// Instrument registers the instrumentation.
	Instrument Instrument
	// Program, if not nil, is the whole service, in another language. Instrument is then
	// not used.
	Program Program
	// programCapabilities are the capabilities of Program.
	programCapabilities []conformance.Capability
	// KnownFailures maps the IDs of checks that the subject fails to the reasons. None of
	// the failures is caused by its instrumentation.
	KnownFailures map[string]string
	// Server, if not nil, returns the server. Instrument and the contract's variables are
	// then not used.
	Server func(s *reference.Service, tel *core.Telemetry, addr string) core.Server
	// Logger, if not nil, returns the service's logger.
	Logger func(tel *core.Telemetry) *slog.Logger
	// Serve and Background, if not nil, replace tel.Serve and tel.Go. Lifecycle, if not
	// nil, replaces tel in the routes that flush or shut down telemetry.
	Serve      func(ctx context.Context, tel *core.Telemetry, server core.Server) error
	Background func(ctx context.Context, tel *core.Telemetry, name string, task func(context.Context) error)
	Lifecycle  func(tel *core.Telemetry) reference.Lifecycle
}

// All are this project's subjects.
var All = slices.Concat(Chain, newerMajorSubjects)

// Chain are the subjects of the demo and the soak, one for each framework. In the demo, each
// service calls the next service.
var Chain = []Subject{
	{
		Name: "nethttpotel", Framework: "net/http", Process: "/process/{item_id}",
		Version: runtime.Version(), InstrumentationVersion: nethttpotel.Version,
		Instrument: Instrument{NetHTTP: func(w Wiring) func(http.Handler) http.Handler {
			return nethttpotel.Middleware(w.Telemetry,
				nethttpotel.WithSpanName(spanNameHook[*http.Request](w.Variables)),
				nethttpotel.WithAttributes(attributesHook[*http.Request](w.Variables)))
		}},
	},
	{
		Name: "ginotel", Framework: "Gin", Process: "/process/:item_id",
		Version: versionOf(ginModule), InstrumentationVersion: ginotel.Version,
		Instrument: Instrument{Gin: func(w Wiring) func(*gin.Engine) {
			return func(r *gin.Engine) {
				ginotel.Use(r, w.Telemetry, ginotel.WithContextFallback(),
					ginotel.WithSpanName(spanNameHook[*gin.Context](w.Variables)),
					ginotel.WithAttributes(attributesHook[*gin.Context](w.Variables)))
			}
		}},
	},
	{
		Name: "echootel", Framework: "Echo", Process: "/process/:item_id",
		Version: versionOf(echoModule), InstrumentationVersion: echootel.Version,
		Instrument: Instrument{Echo: func(w Wiring) func(*echo.Echo) {
			return func(e *echo.Echo) {
				middlewareRegistrar(w, e)(echootel.Middleware(w.Telemetry,
					echootel.WithSpanName(spanNameHook[echo.Context](w.Variables)),
					echootel.WithAttributes(attributesHook[echo.Context](w.Variables))))
			}
		}},
	},
	{
		Name: "fiberotel", Framework: "Fiber", Process: "/process/:item_id",
		Version: versionOf(fiberModule), InstrumentationVersion: fiberotel.Version,
		Instrument: Instrument{Fiber: func(w Wiring) func(*fiber.App) {
			return func(app *fiber.App) {
				app.Use(fiberotel.Middleware(w.Telemetry,
					fiberotel.WithSpanName(spanNameHook[*fiber.Ctx](w.Variables)),
					fiberotel.WithAttributes(attributesHook[*fiber.Ctx](w.Variables))))
			}
		}},
	},
}

// newerMajorSubjects are the subjects with newer major versions of frameworks in Chain.
var newerMajorSubjects = []Subject{
	{
		Name: "echootel/echo5", Framework: "Echo", Process: "/process/:item_id",
		Version: versionOf(echo5Module), InstrumentationVersion: echo5otel.Version,
		Instrument: Instrument{Echo5: func(w Wiring) func(*echo5.Echo) {
			return func(e *echo5.Echo) {
				middlewareRegistrar(w, e)(echo5otel.Middleware(w.Telemetry,
					echo5otel.WithSpanName(spanNameHook[*echo5.Context](w.Variables)),
					echo5otel.WithAttributes(attributesHook[*echo5.Context](w.Variables))))
			}
		}},
	},
	{
		Name: "fiberotel/fiber3", Framework: "Fiber", Process: "/process/:item_id",
		Version: versionOf(fiber3Module), InstrumentationVersion: fiber3otel.Version,
		Instrument: Instrument{Fiber3: func(w Wiring) func(*fiber3.App) {
			return func(app *fiber3.App) {
				app.Use("*", fiber3otel.Middleware(w.Telemetry,
					fiber3otel.WithSpanName(spanNameHook[fiber3.Ctx](w.Variables)),
					fiber3otel.WithAttributes(attributesHook[fiber3.Ctx](w.Variables))))
			}
		}},
	},
}

// Compared returns all subjects in the order of a matrix: this project's subjects, the
// official middlewares, official middlewares with this project's core, and services in
// other languages.
func Compared() []Subject {
	return slices.Concat(All, routerSubjects, officialSubjects, officialRouterSubjects, withCoreSubjects, otherLanguageSubjects)
}

// Named returns the subject with the name.
func Named(name string) (Subject, error) {
	var names []string
	for _, s := range Compared() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Subject{}, fmt.Errorf("unknown subject %q, want one of %s", name, strings.Join(names, ", "))
}
