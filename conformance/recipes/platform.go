package recipes

import (
	"context"
	"net/http"

	"go.uber.org/fx"

	"github.com/samespan/samespan/core"
)

// Lambda wraps a handler: what it recorded is exported before the platform
// freezes the process.
func Lambda[In, Out any](tel *core.Telemetry, handle func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		defer func() { _ = tel.ForceFlush(context.WithoutCancel(ctx)) }() // bounded by its own time
		ctx, span := tel.TracerProvider().Tracer("orders").Start(ctx, "handle order")
		defer span.End()
		return handle(ctx, in)
	}
}

// Fx runs the server between the application's start and its stop.
func Fx(lifecycle fx.Lifecycle, shutdowner fx.Shutdowner, tel *core.Telemetry, server *http.Server) {
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	lifecycle.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				served <- tel.Serve(ctx, server)
				_ = shutdowner.Shutdown() // where the server ended by itself
			}()
			return nil
		},
		OnStop: func(context.Context) error {
			stop()
			return <-served
		},
	})
}
