package reference

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// Service implements the reference service independently of frameworks.
type Service = handlers.Service

// Lifecycle flushes and shuts down the telemetry, in the way that the instrumentation
// provides.
type Lifecycle = handlers.Lifecycle

// Processed is the response of GET /process/{item_id}.
type Processed = handlers.Processed

// scopeName is the service's own instrumentation scope.
const scopeName = "github.com/samespan/samespan/conformance/compare/internal/reference"

// Dependencies are the dependencies of the service.
type Dependencies struct {
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	Propagator     propagation.TextMapPropagator
	// Logger is the service's logger; if nil, the service logs nothing.
	Logger *slog.Logger
	// Background runs a task that outlives its request. If nil, GET /background
	// answers 501.
	Background func(ctx context.Context, name string, task func(context.Context) error)
	// Lifecycle shuts down telemetry while the service runs. If nil, POST
	// /lifecycle/{action} answers 501.
	Lifecycle Lifecycle
	// Next, if set, is the base URL of the next service in a chain: its
	// /process/{item_id} is called.
	Next string
	// Wiring has the settings of the contract's variables.
	Wiring Wiring
}

// Wiring has the settings of the contract's variables that change the service
// itself.
type Wiring struct {
	// Recovery is the status code of the outer recovery, or 0 to use the framework's own
	// recovery.
	Recovery int
	// Outside is the kind of the span that a middleware outside the instrumentation
	// starts. If unspecified, there is no such middleware.
	Outside trace.SpanKind
	// RewriteOutside and RewriteInside are set if a middleware outside or inside the
	// instrumentation must rewrite requests.
	RewriteOutside, RewriteInside bool
	// Slug is set if the service must have the route GET /{slug}.
	Slug bool
}

// Status parses the status code of a route.
func Status(code string) (int, error) { return handlers.Status(code) }

// New returns a service. The caller must close it.
func New(d Dependencies) (*Service, error) {
	tracer := d.TracerProvider.Tracer(scopeName)
	processed, err := d.MeterProvider.Meter(scopeName).Int64Counter("reference.processed",
		metric.WithDescription("Answered requests for /process/{item_id}."), metric.WithUnit("{request}"))
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	wiring := handlers.Wiring{
		Recovery: d.Wiring.Recovery, RewriteOutside: d.Wiring.RewriteOutside, RewriteInside: d.Wiring.RewriteInside, Slug: d.Wiring.Slug,
	}
	if kind := d.Wiring.Outside; kind != trace.SpanKindUnspecified {
		wiring.Outside = func(ctx context.Context) (context.Context, func()) {
			ctx, span := tracer.Start(ctx, "outside", trace.WithSpanKind(kind))
			return ctx, func() { span.End() }
		}
	}
	return handlers.New(handlers.Config{
		Span: func(ctx context.Context, name string, attributes map[string]any) (context.Context, func()) {
			ctx, span := tracer.Start(ctx, name, trace.WithAttributes(keyValues(attributes)...))
			return ctx, func() { span.End() }
		},
		Processed:  func(ctx context.Context) { processed.Add(ctx, 1) },
		Baggage:    baggageMembers,
		SetBaggage: setBaggage,
		Describe: func(ctx context.Context, name, description string) {
			span := trace.SpanFromContext(ctx)
			span.SetName(name)
			span.SetStatus(codes.Error, description)
		},
		Client: &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport,
			otelhttp.WithTracerProvider(d.TracerProvider), otelhttp.WithPropagators(d.Propagator))},
		Logger:     d.Logger,
		Background: d.Background,
		Lifecycle:  d.Lifecycle,
		Next:       d.Next,
		Wiring:     wiring,
	})
}

// keyValues converts attributes, whose values are strings or ints.
func keyValues(attributes map[string]any) []attribute.KeyValue {
	var all []attribute.KeyValue
	for key, value := range attributes {
		switch value := value.(type) {
		case string:
			all = append(all, attribute.String(key, value))
		case int:
			all = append(all, attribute.Int(key, value))
		}
	}
	return all
}

// baggageMembers returns the values of the baggage of ctx, by key.
func baggageMembers(ctx context.Context) map[string]string {
	all := make(map[string]string)
	for _, m := range baggage.FromContext(ctx).Members() {
		all[m.Key()] = m.Value()
	}
	return all
}

// setBaggage adds the members of list, in the format of the header baggage, to the baggage
// of ctx.
func setBaggage(ctx context.Context, list string) (context.Context, error) {
	set, err := baggage.Parse(list)
	if err != nil {
		return ctx, err
	}
	all := baggage.FromContext(ctx)
	for _, m := range set.Members() {
		if all, err = all.SetMember(m); err != nil {
			return ctx, err
		}
	}
	return baggage.ContextWithBaggage(ctx, all), nil
}
