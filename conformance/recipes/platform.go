package recipes

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"go.uber.org/fx"

	"github.com/samespan/samespan/core"
)

// Lambda returns a handler that calls handle and then exports the telemetry of the
// invocation, before the platform freezes the process.
func Lambda[In, Out any](tel *core.Telemetry, handle func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		defer func() { _ = tel.ForceFlush(context.WithoutCancel(ctx)) }() // ForceFlush has its own time limit
		ctx, span := tel.TracerProvider().Tracer("orders").Start(ctx, "handle order")
		defer span.End()
		return handle(ctx, in)
	}
}

// LambdaMain is the main function of a Lambda function.
func LambdaMain(ctx context.Context, placeOrder func(context.Context, Order) (Receipt, error)) error {
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		return err
	}
	lambda.Start(Lambda(tel, placeOrder))
	return nil
}

// Order is an example of the event that a Lambda function receives.
type Order struct{ Items int }

// Receipt is an example of the response of a Lambda function.
type Receipt struct{ Number int }

// FlushAfterRequest exports the telemetry of a request before the response is complete.
// It is for HTTP services that run as a Lambda. Register it outside the adapter.
func FlushAfterRequest(tel *core.Telemetry, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = tel.ForceFlush(context.WithoutCancel(r.Context())) }()
		next.ServeHTTP(w, r)
	})
}

// FxApp returns an application that runs the server.
func FxApp(tel *core.Telemetry, server *http.Server) *fx.App {
	return fx.New(
		fx.StopTimeout(30*time.Second), // more than the grace period
		fx.Supply(tel, server),
		fx.Invoke(Fx),
	)
}

// Fx makes the application run the server from its start to its stop.
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
