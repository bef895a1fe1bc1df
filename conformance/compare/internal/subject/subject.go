// Package subject holds what the suite compares: the reference service in one
// framework, instrumented in one way.
package subject

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/nethttpotel"
)

// Subject is one way to instrument one framework.
type Subject struct {
	// Name is the subject's name on the command line.
	Name string
	// Framework is the framework's name as its users write it.
	Framework string
	// Process is the route of GET /process/{item_id} as the framework writes it.
	Process string
	// Server returns the instrumented reference service at addr.
	Server func(s *reference.Service, tel *core.Telemetry, addr string) core.Server
	// Serve and Background replace tel.Serve and tel.Go, unless they are nil.
	Serve      func(ctx context.Context, tel *core.Telemetry, server core.Server) error
	Background func(ctx context.Context, tel *core.Telemetry, name string, task func(context.Context) error)
}

// All are the subjects, in the order of the demo's chain.
var All = []Subject{
	{
		Name: "nethttpotel", Framework: "net/http", Process: "/process/{item_id}",
		Server: func(s *reference.Service, tel *core.Telemetry, addr string) core.Server {
			return server(addr, reference.NetHTTP(s, nethttpotel.Middleware(tel)))
		},
	},
	{
		Name: "ginotel", Framework: "Gin", Process: "/process/:item_id",
		Server: func(s *reference.Service, tel *core.Telemetry, addr string) core.Server {
			return server(addr, reference.Gin(s, func(r *gin.Engine) { ginotel.Use(r, tel) }))
		},
	},
	{
		Name: "echootel", Framework: "Echo", Process: "/process/:item_id",
		Server: func(s *reference.Service, tel *core.Telemetry, addr string) core.Server {
			e := reference.Echo(s, func(e *echo.Echo) { e.Use(echootel.Middleware(tel)) })
			return echootel.Server(e, addr)
		},
	},
	{
		Name: "fiberotel", Framework: "Fiber", Process: "/process/:item_id",
		Server: func(s *reference.Service, tel *core.Telemetry, addr string) core.Server {
			app := reference.Fiber(s, func(app *fiber.App) { app.Use(fiberotel.Middleware(tel)) })
			return fiberotel.Server(app, addr)
		},
	},
}

func server(addr string, handler http.Handler) *http.Server {
	return &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
}

// Named returns the subject with that name.
func Named(name string) (Subject, error) {
	names := make([]string, len(All))
	for i, s := range All {
		if s.Name == name {
			return s, nil
		}
		names[i] = s.Name
	}
	return Subject{}, fmt.Errorf("there is no subject %q, want one of %s", name, strings.Join(names, ", "))
}
