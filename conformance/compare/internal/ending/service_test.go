package ending

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/fiberotel"
	fiber3otel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/nethttpotel"
)

// frameworks are the same service in each framework. GET /endless streams until its
// client disconnects or the server stops, and POST /order responds at once.
// newServer returns the server that the framework's documentation uses, and newCustomServer
// a server of a type that Serve does not know.
var frameworks = []struct {
	name                       string
	newServer, newCustomServer func(tel *core.Telemetry, addr string) core.Server
}{
	{"net/http", newServerFunc(netHTTPHandler), newCustomServerFunc(netHTTPHandler)},
	{"gin", newServerFunc(ginEngine), newCustomServerFunc(ginEngine)},
	{"echo", func(tel *core.Telemetry, addr string) core.Server {
		return echootel.Server(echoApp(tel).(*echo.Echo), addr)
	}, newCustomServerFunc(echoApp)},
	{"echo5", func(tel *core.Telemetry, addr string) core.Server {
		return echo5otel.Server(echo5App(tel).(*echo5.Echo), addr, echo5.StartConfig{HideBanner: true, HidePort: true})
	}, newCustomServerFunc(echo5App)},
	{"fiber", func(tel *core.Telemetry, addr string) core.Server {
		return fiberotel.Server(fiberApp(tel), addr)
	}, func(tel *core.Telemetry, addr string) core.Server {
		app := fiberApp(tel)
		return customFiber{listen: func() error { return app.Listen(addr) }, shutdown: app.ShutdownWithContext}
	}},
	{"fiber3", func(tel *core.Telemetry, addr string) core.Server {
		return fiber3otel.Server(fiber3App(tel), addr, listenWithoutBanner)
	}, func(tel *core.Telemetry, addr string) core.Server {
		app := fiber3App(tel)
		return customFiber{listen: func() error { return app.Listen(addr, listenWithoutBanner) }, shutdown: app.ShutdownWithContext}
	}},
}

// listenWithoutBanner is a configuration of Fiber v3's Listen that prints no banner.
var listenWithoutBanner = fiber3.ListenConfig{DisableStartupMessage: true}

// customServer is a server of a type that Serve does not know.
type customServer struct{ *http.Server }

// customFiber is a Fiber server of a type that Serve does not know.
type customFiber struct {
	listen   func() error
	shutdown func(context.Context) error
}

func (s customFiber) ListenAndServe() error              { return s.listen() }
func (s customFiber) Shutdown(ctx context.Context) error { return s.shutdown(ctx) }

// newServerFunc returns a function that returns an http.Server with the handler.
func newServerFunc(newHandler func(*core.Telemetry) http.Handler) func(*core.Telemetry, string) core.Server {
	return func(tel *core.Telemetry, addr string) core.Server {
		return &http.Server{Addr: addr, Handler: newHandler(tel)}
	}
}

// newCustomServerFunc returns a function that returns a customServer with the handler.
func newCustomServerFunc(newHandler func(*core.Telemetry) http.Handler) func(*core.Telemetry, string) core.Server {
	return func(tel *core.Telemetry, addr string) core.Server {
		return customServer{&http.Server{Addr: addr, Handler: newHandler(tel)}}
	}
}

// netHTTPHandler returns the service in net/http, with the routes GET /endless and POST
// /order.
func netHTTPHandler(tel *core.Telemetry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /endless", streamUntilCanceled)
	mux.HandleFunc("POST /order", func(http.ResponseWriter, *http.Request) {})
	return nethttpotel.Middleware(tel)(mux)
}

// ginEngine returns the service in Gin, with the routes GET /endless and POST /order.
func ginEngine(tel *core.Telemetry) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ginotel.Use(r, tel)
	r.GET("/endless", gin.WrapF(streamUntilCanceled))
	r.POST("/order", func(*gin.Context) {})
	return r
}

// echoApp returns the service in Echo v4, with the routes GET /endless and POST /order.
func echoApp(tel *core.Telemetry) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Use(echootel.Middleware(tel))
	e.GET("/endless", echo.WrapHandler(http.HandlerFunc(streamUntilCanceled)))
	e.POST("/order", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	return e
}

// echo5App returns the service in Echo v5, with the routes GET /endless and POST /order.
func echo5App(tel *core.Telemetry) http.Handler {
	e := echo5.New()
	e.Use(echo5otel.Middleware(tel))
	e.GET("/endless", echo5.WrapHandler(http.HandlerFunc(streamUntilCanceled)))
	e.POST("/order", func(c *echo5.Context) error { return c.NoContent(http.StatusOK) })
	return e
}

// fiberApp returns the service in Fiber v2, with the routes GET /endless and POST /order.
func fiberApp(tel *core.Telemetry) *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(fiberotel.Middleware(tel))
	app.Get("/endless", func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(streamUntilError)
		return nil
	})
	app.Post("/order", func(*fiber.Ctx) error { return nil })
	return app
}

// fiber3App returns the service in Fiber v3, with the routes GET /endless and POST /order.
func fiber3App(tel *core.Telemetry) *fiber3.App {
	app := fiber3.New()
	app.Use(fiber3otel.Middleware(tel))
	app.Get("/endless", func(c fiber3.Ctx) error { return c.SendStreamWriter(streamUntilError) })
	app.Post("/order", func(fiber3.Ctx) error { return nil })
	return app
}

// hasUnencryptedHTTP2 reports whether a server supports HTTP/2 without TLS. fasthttp has no
// HTTP/2, and Echo's server has it only with TLS.
func hasUnencryptedHTTP2(server core.Server) bool { return netHTTPServer(server) != nil }

// withProtocols returns a function like newServer that also sets the protocols of the server,
// if it is a net/http server.
func withProtocols(newServer func(*core.Telemetry, string) core.Server, protocols *http.Protocols) func(*core.Telemetry, string) core.Server {
	return func(tel *core.Telemetry, addr string) core.Server {
		built := newServer(tel, addr)
		if h := netHTTPServer(built); h != nil {
			h.Protocols = protocols
		}
		return built
	}
}

// netHTTPServer returns the server as an http.Server, or nil if the server is not based on
// net/http's server.
func netHTTPServer(server core.Server) *http.Server {
	switch s := server.(type) {
	case *http.Server:
		return s
	case customServer:
		return s.Server
	}
	return nil
}

// streamUntilCanceled streams until the request's context ends.
func streamUntilCanceled(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := w.Write([]byte("data\n")); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// streamUntilError streams until a write fails: fasthttp has no other way to report that
// the client has disconnected.
func streamUntilError(w *bufio.Writer) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _ = w.WriteString("data\n")
		if w.Flush() != nil {
			return
		}
		<-tick.C
	}
}

// service is a service that runs in this process, with its collector.
type service struct {
	addr      string
	tel       *core.Telemetry
	collector *otlptest.Server
	stop      context.CancelFunc // has the effect of a signal to stop; does not wait for the end
	result    <-chan error       // receives the error that Serve returns
}

// startService starts a service that exports only traces.
func startService(t *testing.T, newServer func(*core.Telemetry, string) core.Server, collector *otlptest.Server, options ...core.Option) *service {
	t.Helper()
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	return startServiceWithEnv(t, newServer, collector, collector.Env(), options...)
}

// startServiceWithEnv starts a service whose exports are configured by the variables in
// env.
func startServiceWithEnv(t *testing.T, newServer func(*core.Telemetry, string) core.Server, collector *otlptest.Server, env []string, options ...core.Option) *service {
	t.Helper()
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	tel, err := core.Setup(t.Context(), append([]core.Option{core.WithServiceName("ending"), core.WithoutGlobals()}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- tel.Serve(ctx, newServer(tel, addr)) }()
	s := &service{addr: addr, tel: tel, collector: collector, stop: stop, result: result}
	t.Cleanup(stop)
	s.awaitListener(t)
	return s
}

// awaitListener waits until the service accepts connections.
func (s *service) awaitListener(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case err := <-s.result:
			t.Fatalf("Serve has returned %v", err)
		case <-ctx.Done():
			t.Fatal("the service does not listen")
		}
	}
}

// waitForServeReturn waits until Serve returns, and returns its error.
func (s *service) waitForServeReturn(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.result:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("Serve has not returned")
		return nil
	}
}
