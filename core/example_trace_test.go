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

// This sampler records one in ten of the traces that begin in this service. Of other
// traces, it records those that the caller records, so that no trace is broken.
// OTEL_TRACES_SAMPLER=parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG=0.1 does
// the same.
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
		// In a service, an adapter extracts the caller's context and starts the span.
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

// Baggage travels with the context: to handlers, to tasks of Telemetry.Go and,
// through an instrumented client, to other services. It is not recorded on
// spans automatically. Every service that is called can read it, so it must not
// contain secrets.
func ExampleTelemetry_Propagator_baggage() {
	tel, err := core.Setup(context.Background(), core.WithDevelopment(io.Discard))
	if err != nil {
		fmt.Println(err)
		return
	}
	// In a service, a middleware adds the baggage to the request's context.
	ctx := context.Background()
	tenant, err := baggage.NewMember("tenant", "blue")
	if err != nil {
		fmt.Println(err)
		return
	}
	requestBaggage, err := baggage.FromContext(ctx).SetMember(tenant)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx = baggage.ContextWithBaggage(ctx, requestBaggage)

	// An instrumented client injects the baggage into its request, and the adapter of
	// the called service extracts it.
	outgoing := propagation.HeaderCarrier(http.Header{})
	tel.Propagator().Inject(ctx, outgoing)
	received := tel.Propagator().Extract(context.Background(), outgoing)
	fmt.Println(baggage.FromContext(received).Member("tenant").Value())
	if err := tel.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: blue
}

// A task continues after its request is answered, in a trace of its own. The
// context of the task has the request's baggage, and is not canceled when the
// request ends. The shutdown waits for the task.
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

// A rule that can never work makes Setup return an error. Package exclude
// documents the syntax of rules. OTEL_GO_EXCLUDED_URLS replaces the rules of
// WithExclude.
func ExampleWithExclude() {
	_, err := core.Setup(context.Background(), core.WithExclude("healthz", "=/metrics", "GET /docs/**", "/"))
	fmt.Println(err)
	// Output:
	// core: exclude: rule "/": would exclude the whole service: write "=/" for the root alone, or "/**" to exclude everything
}

// A readiness check fails once the shutdown begins, so that load balancers stop
// sending requests. With WithDrainDelay, the service still answers requests that
// arrive before the load balancers have noticed.
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
	readiness := func() int {
		answer := httptest.NewRecorder()
		readyz(answer, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
		return answer.Code
	}

	fmt.Println(readiness())
	if err := tel.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(readiness())
	// Output:
	// 200
	// 503
}
