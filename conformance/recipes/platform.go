package recipes

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"go.uber.org/fx"

	"github.com/samespan/samespan/core"
)

// Lambda returns the handler with a flush: the telemetry of an invocation is exported
// before the platform freezes the process.
func Lambda[In, Out any](tel *core.Telemetry, handle func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		defer func() { _ = tel.ForceFlush(context.WithoutCancel(ctx)) }() // bounded by its own time
		ctx, span := tel.TracerProvider().Tracer("orders").Start(ctx, "handle order")
		defer span.End()
		return handle(ctx, in)
	}
}

// LambdaMain is the main function of a Lambda.
func LambdaMain(ctx context.Context, placeOrder func(context.Context, Order) (Receipt, error)) error {
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		return err
	}
	lambda.Start(Lambda(tel, placeOrder))
	return nil
}

// Order stands for the event that the reader's Lambda gets.
type Order struct{ Items int }

// Receipt stands for the answer of the reader's Lambda.
type Receipt struct{ Number int }

// FlushAfterRequest exports the telemetry of a request before the response is complete.
// It is for HTTP services that run as a Lambda. Register it outside the adapter.
func FlushAfterRequest(tel *core.Telemetry, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = tel.ForceFlush(context.WithoutCancel(r.Context())) }()
		next.ServeHTTP(w, r)
	})
}

// FxApp is an application whose only server is this one.
func FxApp(tel *core.Telemetry, server *http.Server) *fx.App {
	return fx.New(
		fx.StopTimeout(30*time.Second), // more than the grace period
		fx.Supply(tel, server),
		fx.Invoke(Fx),
	)
}

// Fx runs the server between the application's start and its stop.
func Fx(lifecycle fx.Lifecycle, shutdowner fx.Shutdowner, tel *core.Telemetry, server *http.Server) {
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	lifecycle.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				served <- tel.Serve(ctx, server)
				_ = shutdowner.Shutdown() // stops the application if the server fails
			}()
			return nil
		},
		OnStop: func(context.Context) error {
			stop()
			return <-served
		},
	})
}
