package subject

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/fiberotel"
	fiber3otel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/nethttpotel"
)

// Instrument has a function for each framework, which registers an instrumentation. Only the
// function for the subject's framework is not nil.
type Instrument struct {
	NetHTTP func(Wiring) func(http.Handler) http.Handler
	Gin     func(Wiring) func(*gin.Engine)
	Echo    func(Wiring) func(*echo.Echo)
	Fiber   func(Wiring) func(*fiber.App)
	Echo5   func(Wiring) func(*echo5.Echo)
	Fiber3  func(Wiring) func(*fiber3.App)
	Chi     func(Wiring) func(*chi.Mux)
	// Mux registers the instrumentation on the router, or returns a middleware around the
	// router.
	Mux func(Wiring) func(*mux.Router) func(http.Handler) http.Handler
	// Outer is the net/http middleware to use outside the framework's middleware if the suite
	// requests nested middlewares. If Outer is nil, nethttpotel's middleware is used.
	Outer func(Wiring) func(http.Handler) http.Handler
}

// Wiring has the arguments of the functions of [Instrument].
type Wiring struct {
	// Telemetry is the service's telemetry. It is nil if the instrumentation has its own
	// lifecycle.
	Telemetry *core.Telemetry
	// Variables are the contract's variables. The functions need not read Bare and Nesting,
	// which their caller handles.
	Variables Variables
}

// server returns the server of the reference service on addr. The service is instrumented
// as w.Variables says.
func (s Subject) server(service *reference.Service, w Wiring, addr string) core.Server {
	switch i := s.Instrument; {
	case s.Server != nil:
		return s.Server(service, w.Telemetry, addr)
	case i.Gin != nil:
		return httpServer(addr, w.wrapService(reference.Gin(service, instrumentationRegistrar(w, i.Gin)), i.Outer))
	case i.Echo != nil:
		e := reference.Echo(service, instrumentationRegistrar(w, i.Echo))
		if w.hasOuterMiddleware() {
			return httpServer(addr, w.wrapService(e, i.Outer))
		}
		e.Server.Protocols = protocols()
		if s.Official {
			return &echoServer{Echo: e, addr: addr}
		}
		return echootel.Server(e, addr)
	case i.Fiber != nil:
		app := reference.Fiber(service, instrumentationRegistrar(w, i.Fiber))
		if s.Official {
			return &fiberServer{app: app, addr: addr}
		}
		return fiberotel.Server(app, addr)
	case i.Echo5 != nil:
		e := reference.Echo5(service, instrumentationRegistrar(w, i.Echo5))
		if w.hasOuterMiddleware() {
			return httpServer(addr, w.wrapService(e, i.Outer))
		}
		return echo5otel.Server(e, addr, echo5.StartConfig{HideBanner: true, HidePort: true, BeforeServeFunc: func(server *http.Server) error {
			server.Protocols = protocols()
			return nil
		}})
	case i.Fiber3 != nil:
		app := reference.Fiber3(service, instrumentationRegistrar(w, i.Fiber3))
		return fiber3otel.Server(app, addr, fiber3.ListenConfig{DisableStartupMessage: true})
	case i.Chi != nil:
		return httpServer(addr, w.wrapService(reference.Chi(service, instrumentationRegistrar(w, i.Chi)), i.Outer))
	case i.Mux != nil:
		return httpServer(addr, w.wrapService(reference.Mux(service, muxInstrumentation(w, i.Mux)), i.Outer))
	default:
		return httpServer(addr, w.wrapService(reference.NetHTTP(service, netHTTPMiddleware(w, i.NetHTTP)), i.Outer))
	}
}

// middlewareRegistrar returns the method of Echo that registers the instrumentation: Pre,
// which runs before the routing, if a middleware inside the instrumentation changes the
// routing, and otherwise Use.
func middlewareRegistrar[M any](w Wiring, e interface {
	Use(middleware ...M)
	Pre(middleware ...M)
}) func(...M) {
	if w.Variables.Service.RewriteInside {
		return e.Pre
	}
	return e.Use
}

// instrumentationRegistrar returns a function that registers the instrumentation once or, if
// requested, twice. It returns nil for a bare service.
func instrumentationRegistrar[App any](w Wiring, instrument func(Wiring) func(App)) func(App) {
	switch {
	case w.Variables.Bare:
		return nil
	case w.Variables.Nesting == nestingTwice:
		register := instrument(w)
		return func(app App) {
			register(app)
			register(app)
		}
	default:
		return instrument(w)
	}
}

// netHTTPMiddleware returns a middleware that applies the instrumentation once or, if
// requested, twice. It returns nil for a bare service.
func netHTTPMiddleware(w Wiring, instrument func(Wiring) func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	switch {
	case w.Variables.Bare:
		return nil
	case w.Variables.Nesting == nestingTwice:
		wrap := instrument(w)
		return func(next http.Handler) http.Handler { return wrap(wrap(next)) }
	default:
		return instrument(w)
	}
}

// hasOuterMiddleware reports whether net/http's middleware is outside the framework's.
func (w Wiring) hasOuterMiddleware() bool {
	return w.Variables.Nesting == nestingOuter && !w.Variables.Bare
}

// wrapService wraps the whole service in net/http's middleware, if requested.
func (w Wiring) wrapService(handler http.Handler, outer func(Wiring) func(http.Handler) http.Handler) http.Handler {
	switch {
	case !w.hasOuterMiddleware():
		return handler
	case outer != nil:
		return outer(w)(handler)
	default:
		return nethttpotel.Middleware(w.Telemetry)(handler)
	}
}

// httpServer returns a net/http server with handler that listens on addr.
func httpServer(addr string, handler http.Handler) *http.Server {
	return &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second, Protocols: protocols()}
}

// protocols returns HTTP/1.1, and HTTP/2 without TLS for clients with prior knowledge.
func protocols() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return &p
}
