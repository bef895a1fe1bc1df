package subject

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
)

// shutdownTimeout is the time that an official subject gives its requests and its
// telemetry in a shutdown. It is slightly less than the contract's.
const shutdownTimeout = 9 * time.Second

// runOfficial is Run for an official subject. It does what the main function of such a
// service does: it sets up the SDK's providers, serves until a signal to stop, and then
// calls Shutdown of the server and of the providers.
func (s Subject) runOfficial(ctx context.Context, variables Variables, addr, next string, ready func()) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var options []trace.TracerProviderOption
	if variables.Sampler != "" {
		options = append(options, trace.WithSampler(Sampler(variables.Sampler)))
	}
	providers, err := setupSDK(ctx, options...)
	if err != nil {
		return err
	}
	service, err := reference.New(reference.Dependencies{
		TracerProvider: providers.tracerProvider,
		MeterProvider:  providers.meterProvider,
		Propagator:     otel.GetTextMapPropagator(),
		Next:           next,
		Wiring:         variables.Service,
	})
	if err != nil {
		return errors.Join(err, providers.shutdown(ctx))
	}
	go signalReady(ctx, addr, ready)

	server := s.server(service, Wiring{Variables: variables}, addr)
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	select {
	case err = <-served:
	case <-ctx.Done():
		stop()
		timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if err = server.Shutdown(timed); err == nil {
			err = <-served
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return errors.Join(err, providers.shutdown(timed), service.Close())
}

// echoServer runs an Echo instance as Echo's documentation does.
type echoServer struct {
	*echo.Echo
	addr string
}

func (s *echoServer) ListenAndServe() error { return s.Start(s.addr) }

// fiberServer runs a Fiber app as Fiber's documentation does.
type fiberServer struct {
	app  *fiber.App
	addr string
}

func (s *fiberServer) ListenAndServe() error { return s.app.Listen(s.addr) }

func (s *fiberServer) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }
