package core_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
)

// One trace in ten of those that begin here, and of the others those that the
// caller records, so that no trace is cut in two. OTEL_TRACES_SAMPLER says the
// same as parentbased_traceidratio, with OTEL_TRACES_SAMPLER_ARG=0.1.
func ExampleWithSampler() {
	ctx := context.Background()
	tel, err := core.Setup(ctx,
		core.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.1))),
		core.WithDevelopment(io.Discard))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, caller := range []string{
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
	} {
		// What an adapter does with a request.
		request := tel.Propagator().Extract(ctx, propagation.MapCarrier{"traceparent": caller})
		_, span := tel.TracerProvider().Tracer("orders").Start(request, "work")
		fmt.Println(caller[len(caller)-2:], span.IsRecording())
		span.End()
	}
	if err := tel.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 01 true
	// 00 false
}

// Baggage goes with the context: to the handlers, to tasks of Telemetry.Go and,
// by an instrumented client, to the services that are called. It is on no span
// unless somebody puts it there, and every service called reads it: no secrets.
func ExampleTelemetry_Propagator_baggage() {
	tel, err := core.Setup(context.Background(), core.WithDevelopment(io.Discard))
	if err != nil {
		fmt.Println(err)
		return
	}
	// In a middleware, on the request's context.
	ctx := context.Background()
	tenant, err := baggage.NewMember("tenant", "blue")
	if err != nil {
		fmt.Println(err)
		return
	}
	carried, err := baggage.FromContext(ctx).SetMember(tenant)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx = baggage.ContextWithBaggage(ctx, carried)

	// What an instrumented client does with a call, and the next service's
	// adapter with what it receives.
	call := propagation.HeaderCarrier(http.Header{})
	tel.Propagator().Inject(ctx, call)
	received := tel.Propagator().Extract(context.Background(), call)
	fmt.Println(baggage.FromContext(received).Member("tenant").Value())
	if err := tel.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: blue
}

// A task goes on when its request is answered, with a live context and the
// request's baggage; its trace is one of its own. The shutdown waits for it.
func ExampleTelemetry_Go_shutdown() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithDevelopment(io.Discard))
	if err != nil {
		fmt.Println(err)
		return
	}
	request, cancel := context.WithCancel(ctx)
	request, span := tel.TracerProvider().Tracer("orders").Start(request, "POST /orders/{id}")
	answered := make(chan struct{})

	tel.Go(request, "send receipt", func(ctx context.Context) error {
		<-answered
		fmt.Println("the request's context:", request.Err())
		fmt.Println("the task's own:", ctx.Err())
		fmt.Println("in the request's trace:", trace.SpanContextFromContext(ctx).TraceID() == span.SpanContext().TraceID())
		return nil
	})
	span.End()
	cancel()
	close(answered)
	if err := tel.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println("shut down")
	// Output:
	// the request's context: context canceled
	// the task's own: <nil>
	// in the request's trace: false
	// shut down
}

// What can never work is an error before the service starts. The rules are
// those of package exclude, and OTEL_GO_EXCLUDED_URLS replaces them.
func ExampleWithExclude() {
	_, err := core.Setup(context.Background(), core.WithExclude("healthz", "=/metrics", "GET /docs/**", "/"))
	fmt.Println(err)
	// Output:
	// core: exclude: rule "/": would exclude the whole service: write "=/" for the root alone, or "/**" if everything is meant
}

// A readiness check says no when the end begins, and load balancers send no
// more. WithDrainDelay keeps the service answering while they take notice.
func ExampleTelemetry_Draining() {
	tel, err := core.Setup(context.Background(), core.WithDevelopment(io.Discard), core.WithExclude("readyz"))
	if err != nil {
		fmt.Println(err)
		return
	}
	readyz := func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-tel.Draining():
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
		}
	}
	ask := func() int {
		answer := httptest.NewRecorder()
		readyz(answer, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
		return answer.Code
	}

	fmt.Println(ask())
	if err := tel.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(ask())
	// Output:
	// 200
	// 503
}
