package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/getsentry/sentry-go"
	sentryecho "github.com/getsentry/sentry-go/echo"
	sentryfiber "github.com/getsentry/sentry-go/fiber"
	sentrygin "github.com/getsentry/sentry-go/gin"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	nrecho "github.com/newrelic/go-agent/v3/integrations/nrecho-v4"
	"github.com/newrelic/go-agent/v3/integrations/nrgin"
	"github.com/newrelic/go-agent/v3/newrelic"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/conformance/internal/handlers"
)

// peerCollectorVariable is the environment variable with the address of the collector
// that a vendor's SDK exports to.
const peerCollectorVariable = "SAMESPAN_BENCH_COLLECTOR"

// peerService is the reference service with a vendor's instrumentation that exports to a
// vendorCollector.
type peerService struct {
	framework, variant string
	// middlewareModule is the name of the middleware's module, such as nrgin.
	middlewareModule string
	// prepare returns a function that serves the instrumented service, and a function that
	// shuts it down.
	prepare func(service *reference.Service, v *vendorSDK, addr string) (serve func() error, shutdown func(context.Context) error)
}

// peerServices are the measured services with a vendor's instrumentation.
var peerServices = []peerService{
	{"Gin", NewRelic, "nrgin", ginPreparer(func(v *vendorSDK, r *gin.Engine) {
		r.Use(nrgin.Middleware(v.newRelic), func(c *gin.Context) {
			// The handlers start spans from the request's context, but nrgin stores the
			// transaction only in Gin's context.
			c.Request = newrelic.RequestWithTransactionContext(c.Request, nrgin.Transaction(c))
		})
	})},
	{"Gin", Sentry, "sentrygin", ginPreparer(func(_ *vendorSDK, r *gin.Engine) { r.Use(sentrygin.New(sentrygin.Options{})) })},
	{"Echo", NewRelic, "nrecho-v4", echoPreparer(func(v *vendorSDK) echo.MiddlewareFunc { return nrecho.Middleware(v.newRelic) })},
	{"Echo", Sentry, "sentryecho", echoPreparer(func(*vendorSDK) echo.MiddlewareFunc {
		recorded := sentryecho.New(sentryecho.Options{})
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return recorded(func(c echo.Context) error {
				// The handlers start spans from the request's context, but sentryecho stores
				// the transaction only in Echo's context.
				if span := sentryecho.GetSpanFromContext(c); span != nil {
					c.SetRequest(c.Request().WithContext(span.Context()))
				}
				return next(c)
			})
		}
	})},
	{"Fiber", Sentry, "sentryfiber", fiberPreparer(func(app *fiber.App) {
		app.Use(sentryfiber.New(sentryfiber.Options{}), func(c *fiber.Ctx) error {
			// The handlers start spans from the user context, but sentryfiber stores the
			// transaction only in Fiber's locals.
			if span := sentryfiber.GetSpanFromContext(c); span != nil {
				c.SetUserContext(span.Context())
			}
			return c.Next()
		})
	})},
}

// ginPreparer returns the prepare function of a peerService on Gin. The function use
// registers the vendor's middleware.
func ginPreparer(use func(*vendorSDK, *gin.Engine)) func(*reference.Service, *vendorSDK, string) (func() error, func(context.Context) error) {
	return func(s *reference.Service, v *vendorSDK, addr string) (func() error, func(context.Context) error) {
		return prepareHTTP(reference.Gin(s, func(r *gin.Engine) { use(v, r) }), addr)
	}
}

// echoPreparer returns the prepare function of a peerService on Echo. The function
// middleware returns the vendor's middleware.
func echoPreparer(middleware func(*vendorSDK) echo.MiddlewareFunc) func(*reference.Service, *vendorSDK, string) (func() error, func(context.Context) error) {
	return func(s *reference.Service, v *vendorSDK, addr string) (func() error, func(context.Context) error) {
		return prepareHTTP(reference.Echo(s, func(e *echo.Echo) { e.Use(middleware(v)) }), addr)
	}
}

// fiberPreparer returns the prepare function of a peerService on Fiber. The function use
// registers the vendor's middleware.
func fiberPreparer(use func(*fiber.App)) func(*reference.Service, *vendorSDK, string) (func() error, func(context.Context) error) {
	return func(s *reference.Service, _ *vendorSDK, addr string) (func() error, func(context.Context) error) {
		app := reference.Fiber(s, use)
		return func() error { return app.Listen(addr) }, app.ShutdownWithContext
	}
}

// prepareHTTP returns a function that serves handler at addr, and a function that shuts the
// server down.
func prepareHTTP(handler http.Handler, addr string) (func() error, func(context.Context) error) {
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	return func() error {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, server.Shutdown
}

// ServePeer runs the reference service with the vendor's middleware of the given name,
// such as nrgin. It returns when ctx ends or the process receives a signal to stop. known
// is false if there is no middleware of that name.
func ServePeer(ctx context.Context, name, addr string) (known bool, err error) {
	for i := range peerServices {
		if peerServices[i].middlewareModule == name {
			return true, peerServices[i].run(ctx, addr)
		}
	}
	return false, nil
}

// run serves the service at addr until ctx ends or the process receives a signal to stop.
func (p *peerService) run(ctx context.Context, addr string) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	collector := os.Getenv(peerCollectorVariable)
	if collector == "" {
		return fmt.Errorf("bench: %s is empty, want the address of the collector that %s exports to, as host:port", peerCollectorVariable, p.middlewareModule)
	}
	v, err := newVendorSDK(p.variant, collector)
	if err != nil {
		return err
	}
	defer v.close()
	service, err := handlers.New(handlers.Config{Span: v.startSpan, Processed: func(context.Context) {}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	serve, shutdown := p.prepare(service, v, addr)
	served := make(chan error, 1)
	go func() { served <- serve() }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(shutdown(timed), <-served)
}

// vendorSDK is a vendor's SDK, ready to record.
type vendorSDK struct {
	newRelic *newrelic.Application // nil for Sentry
	// startSpan starts a child span in a handler.
	startSpan func(ctx context.Context, name string, attributes map[string]any) (context.Context, func())
}

// newVendorSDK sets up the SDK of a vendor to export to collector, a host and port. variant is
// [Sentry] or [NewRelic].
func newVendorSDK(variant, collector string) (*vendorSDK, error) {
	if variant == Sentry {
		return &vendorSDK{startSpan: startSentrySpan}, sentry.Init(sentry.ClientOptions{
			Dsn: "http://key@" + collector + "/1", EnableTracing: true, TracesSampleRate: 1,
		})
	}
	app, err := newrelic.NewApplication(
		newrelic.ConfigAppName("bench"), newrelic.ConfigLicense(licenseKey), newrelic.ConfigDistributedTracerEnabled(true),
		func(c *newrelic.Config) {
			c.Host = collector
			c.Transport = plaintextTransport{}
		})
	if err != nil {
		return nil, err
	}
	return &vendorSDK{newRelic: app, startSpan: startNewRelicSegment}, app.WaitForConnection(10 * time.Second)
}

// close exports what the SDK has recorded, and shuts it down.
func (v *vendorSDK) close() {
	sentry.Flush(time.Second)
	v.newRelic.Shutdown(time.Second)
}

// startSentrySpan is the startSpan function for Sentry.
func startSentrySpan(ctx context.Context, name string, attributes map[string]any) (context.Context, func()) {
	span := sentry.StartSpan(ctx, "function", sentry.WithDescription(name))
	for key, value := range attributes {
		span.SetData(key, value)
	}
	return span.Context(), span.Finish
}

// startNewRelicSegment is the startSpan function for New Relic, which calls child spans
// segments.
func startNewRelicSegment(ctx context.Context, name string, attributes map[string]any) (context.Context, func()) {
	segment := newrelic.FromContext(ctx).StartSegment(name)
	for key, value := range attributes {
		segment.AddAttribute(key, value)
	}
	return ctx, segment.End
}

// plaintextTransport is a transport that sends requests without TLS, although New Relic's
// agent uses only https URLs.
type plaintextTransport struct{}

func (plaintextTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return http.DefaultTransport.RoundTrip(r)
}
