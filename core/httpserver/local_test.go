package httpserver_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// propagators are the values of Config.Propagator with which tests of this file run. With
// "default", the engine parses traceparent and baggage itself. With "other", it calls a
// propagator that reads the same headers.
var propagators = map[string]propagation.TextMapPropagator{
	"default": nil,
	"other":   struct{ propagation.TextMapPropagator }{propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})},
}

// TestParentUnderLocalSpan proves which span is the parent of the server span if the
// request's context already contains a local span, and which kind the server span has.
func TestParentUnderLocalSpan(t *testing.T) {
	const newRoot, caller, local = "a new root", "the caller", "the local span"
	remote := remoteContext(t)
	tests := []struct {
		name string
		// context is the parent context of the local span. localKind and sampler are the
		// kind of the local span and the sampler that decides about it.
		context    context.Context
		localKind  trace.SpanKind
		sampler    sdktrace.Sampler
		headers    []string
		wantParent string
		// wantKind is the kind of the server span, or 0 if it is not recorded.
		wantKind trace.SpanKind
	}{
		{"internal span, no caller", t.Context(), trace.SpanKindInternal, sdktrace.AlwaysSample(), nil, local, trace.SpanKindServer},
		{"internal span in another trace", t.Context(), trace.SpanKindInternal, sdktrace.AlwaysSample(), []string{"traceparent", traceparent}, caller, trace.SpanKindServer},
		{"internal span in the caller's trace", remote, trace.SpanKindInternal, sdktrace.AlwaysSample(), []string{"traceparent", traceparent}, local, trace.SpanKindServer},
		{"client span in another trace", t.Context(), trace.SpanKindClient, sdktrace.AlwaysSample(), []string{"traceparent", traceparent}, caller, trace.SpanKindServer},
		{"server span, no caller", t.Context(), trace.SpanKindServer, sdktrace.AlwaysSample(), nil, local, trace.SpanKindInternal},
		{"server span in another trace", t.Context(), trace.SpanKindServer, sdktrace.AlwaysSample(), []string{"traceparent", traceparent}, local, trace.SpanKindInternal},
		{"server span in the caller's trace", remote, trace.SpanKindServer, sdktrace.AlwaysSample(), []string{"traceparent", traceparent}, local, trace.SpanKindInternal},
		// The engine cannot read the kind of a span that is not recorded.
		{"unsampled span in another trace", t.Context(), trace.SpanKindInternal, sdktrace.NeverSample(), []string{"traceparent", traceparent}, caller, trace.SpanKindServer},
		{"unsampled span in the caller's trace", remote, trace.SpanKindInternal, sdktrace.NeverSample(), []string{"traceparent", traceparent}, local, 0},
		{"unsampled span, no caller", t.Context(), trace.SpanKindInternal, sdktrace.NeverSample(), nil, local, 0},
		{"unsampled server span in another trace", t.Context(), trace.SpanKindServer, sdktrace.NeverSample(), []string{"traceparent", traceparent}, caller, trace.SpanKindServer},
		{"unsampled server span in the caller's trace", remote, trace.SpanKindServer, sdktrace.NeverSample(), []string{"traceparent", traceparent}, local, 0},
	}
	for _, test := range tests {
		for name, propagator := range propagators {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{Propagator: propagator})
				otherTracer := sdktrace.NewTracerProvider(sdktrace.WithSampler(test.sampler)).Tracer("outside")
				ctx, open := otherTracer.Start(test.context, "auth", trace.WithSpanKind(test.localKind))
				handlerCtx, x := instrument(t, r).Start(ctx, newRequest("/", append(test.headers, "baggage", "user=42")...))
				if got := baggage.FromContext(handlerCtx).Member("user").Value(); got != "42" {
					t.Errorf("got user %q in the baggage, want the caller's", got)
				}
				x.End(successOutcome())
				open.End()
				if points := r.Points("http.server.request.duration"); len(points) != 1 || points[0].Count != 1 {
					t.Errorf("got duration points %v, want one request", points)
				}
				parent := map[string]string{local: open.SpanContext().SpanID().String(), caller: callerSpanID, newRoot: "0000000000000000"}[test.wantParent]
				if test.wantKind == 0 {
					got := trace.SpanContextFromContext(handlerCtx)
					if ended := r.Ended(); len(ended) != 0 || got.TraceID() != open.SpanContext().TraceID() || got.IsSampled() {
						t.Errorf("got %d spans, and %+v in the context, want the local span's decision", len(ended), got)
					}
					return
				}
				span := r.Only()
				if span.SpanKind() != test.wantKind || span.Parent().SpanID().String() != parent {
					t.Errorf("got a %v span under %v, want a %v one under %s, %s", span.SpanKind(), span.Parent().SpanID(), test.wantKind, test.wantParent, parent)
				}
				if got := trace.SpanContextFromContext(handlerCtx); got.SpanID() != span.SpanContext().SpanID() {
					t.Errorf("got %v in the handler's context, want the server span", got.SpanID())
				}
			})
		}
	}
}

// remoteContext returns a context that already contains the caller's span context, as if
// another middleware had extracted it.
func remoteContext(t *testing.T) context.Context {
	t.Helper()
	return propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": traceparent})
}

// TestMetricsCountUnsampledRequests proves that metrics count all requests and that server
// spans follow the caller's sampling decision, even if an outer middleware has started an
// unsampled span before the caller's context is extracted.
func TestMetricsCountUnsampledRequests(t *testing.T) {
	const requests = 500
	r := httpservertest.NewSampled(t, httpserver.Config{}, sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.1)))
	instrumentation := instrument(t, r)
	for range requests {
		ctx, open := r.Tracer().Start(t.Context(), "auth")
		_, x := instrumentation.Start(ctx, newRequest("/", "traceparent", traceparent))
		x.End(successOutcome())
		open.End()
	}
	points := r.Points("http.server.request.duration")
	if len(points) != 1 || points[0].Count != requests {
		t.Errorf("got duration points %v, want %d requests", points, requests)
	}
	callers := 0
	for _, span := range r.Ended() {
		if span.Parent().SpanID().String() == callerSpanID {
			callers++
		}
	}
	if callers != requests {
		t.Errorf("got %d spans under the caller, want %d: it has sampled all", callers, requests)
	}
}

// TestPublicEndpointUnderLocalSpan proves that a request to a public endpoint starts a new
// trace without the caller's baggage, even if an outer middleware has started a span.
func TestPublicEndpointUnderLocalSpan(t *testing.T) {
	for name, propagator := range propagators {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Propagator: propagator, PublicEndpoint: httpserver.AlwaysPublic})
			for _, outer := range []context.Context{t.Context(), remoteContext(t)} {
				ctx, open := r.Tracer().Start(outer, "auth")
				handlerCtx, x := instrument(t, r).Start(ctx, newRequest("/public", "traceparent", traceparent, "baggage", "user=42"))
				x.End(successOutcome())
				if baggage.FromContext(handlerCtx).Len() != 0 {
					t.Error("the untrusted caller's baggage was read")
				}
				open.End()
			}
			for _, span := range r.Ended() {
				if span.Name() == "auth" {
					continue
				}
				if span.Parent().IsValid() || len(span.Links()) != 1 || span.Links()[0].SpanContext.SpanID().String() != callerSpanID {
					t.Errorf("got a span under %v with links %v, want a root with a link to the caller", span.Parent(), span.Links())
				}
			}
		})
	}
}

// TestPublicEndpointUnderServerSpan proves that on a public endpoint, another library's
// SERVER span is the parent, but the caller's baggage is still dropped.
func TestPublicEndpointUnderServerSpan(t *testing.T) {
	for name, propagator := range propagators {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Propagator: propagator, PublicEndpoint: httpserver.AlwaysPublic})
			ctx, open := r.Tracer().Start(t.Context(), "library", trace.WithSpanKind(trace.SpanKindServer))
			handlerCtx, x := instrument(t, r).Start(ctx, newRequest("/public", "traceparent", traceparent, "baggage", "user=42"))
			x.End(successOutcome())
			open.End()
			if got := baggage.FromContext(handlerCtx); got.Len() != 0 {
				t.Errorf("the untrusted caller's baggage was read: %v", got)
			}
			if span := r.Ended()[0]; span.Parent().SpanID() != open.SpanContext().SpanID() {
				t.Errorf("got a span under %v, want it under the library's", span.Parent())
			}
		})
	}
}

// TestExcludedRequestUnderLocalSpan proves that the context of an excluded request is
// unsampled and has the caller's baggage, even if an outer middleware has started a span.
// The context has that span's id if the span is in the caller's trace, and otherwise the
// caller's span id.
func TestExcludedRequestUnderLocalSpan(t *testing.T) {
	for name, propagator := range propagators {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Propagator: propagator, Exclude: []string{"healthz"}})
			for _, test := range []struct {
				outer            context.Context
				wantCallerSpanID bool
			}{{t.Context(), true}, {remoteContext(t), false}} {
				ctx, open := r.Tracer().Start(test.outer, "auth")
				handlerCtx, _ := instrument(t, r).Start(ctx, newRequest("/healthz", "traceparent", traceparent, "baggage", "user=42"))
				open.End()
				want := open.SpanContext().SpanID().String()
				if test.wantCallerSpanID {
					want = callerSpanID
				}
				if got := trace.SpanContextFromContext(handlerCtx); got.SpanID().String() != want || got.IsSampled() {
					t.Errorf("got %v, sampled %v, want %v unsampled", got.SpanID(), got.IsSampled(), want)
				}
				if baggage.FromContext(handlerCtx).Member("user").Value() != "42" {
					t.Error("the caller's baggage was lost")
				}
			}
		})
	}
}

func TestExcludedRequestOnPublicEndpoint(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}, PublicEndpoint: httpserver.AlwaysPublic})
	ctx, _ := instrument(t, r).Start(t.Context(), newRequest("/healthz", "traceparent", traceparent, "baggage", "user=42"))
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() || sc.IsSampled() || sc.TraceID().String() == callerTraceID || baggage.FromContext(ctx).Len() != 0 {
		t.Errorf("got %+v and baggage %v, want an unsampled trace of its own without the untrusted caller's baggage", sc, baggage.FromContext(ctx))
	}
}

// TestBaggageOfOuterMiddlewareTakesPrecedence proves that baggage that an outer middleware
// has set is kept, and takes precedence over the caller's.
func TestBaggageOfOuterMiddlewareTakesPrecedence(t *testing.T) {
	for name, propagator := range propagators {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Propagator: propagator})
			set, err := baggage.Parse("user=7,tenant=acme")
			if err != nil {
				t.Fatal(err)
			}
			ctx, x := instrument(t, r).Start(baggage.ContextWithBaggage(t.Context(), set), newRequest("/", "baggage", "user=42,region=eu"))
			x.End(successOutcome())
			for key, want := range map[string]string{"user": "7", "tenant": "acme", "region": "eu"} {
				if got := baggage.FromContext(ctx).Member(key).Value(); got != want {
					t.Errorf("got %s=%q, want %q", key, got, want)
				}
			}
		})
	}
}
