package httpserver_test

import (
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestMetricAttributesAreBounded proves that the SDK's limit of time series applies to
// attributes of a MetricAttributes hook, even if a client can choose their values.
func TestMetricAttributesAreBounded(t *testing.T) {
	const limit, requests = 2000, 2500
	rec := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, rec)
	for i := range requests {
		_, x := instrumentation.Start(t.Context(), newRequest("/"))
		x.End(httpserver.Outcome{Status: 200, MetricAttributes: func() []attribute.KeyValue {
			return []attribute.KeyValue{attribute.Int("made.up", i)}
		}})
	}
	points := rec.Points("http.server.request.duration")
	var requestCount uint64
	hasOverflow := false
	for _, point := range points {
		requestCount += point.Count
		hasOverflow = hasOverflow || point.Attributes["otel.metric.overflow"] == true
	}
	if len(points) != limit || requestCount != requests || !hasOverflow {
		t.Errorf("got %d series of %d requests, one of what is beyond the limit: %t; want %d series of %d", len(points), requestCount, hasOverflow, limit, requests)
	}
}

// TestMetricAttributesOfAllHooks proves that metrics have the attributes of three hooks:
// the hook of the nested exchange, and those passed to HandlersReturned and End of the open
// exchange.
func TestMetricAttributesOfAllHooks(t *testing.T) {
	attributesWith := func(key string) func() []attribute.KeyValue {
		return func() []attribute.KeyValue { return []attribute.KeyValue{attribute.String(key, "x")} }
	}
	rec := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, rec)
	ctx, outer := instrumentation.Start(t.Context(), newRequest("/"))
	_, inner := instrumentation.Start(ctx, newRequest("/"))
	inner.End(httpserver.Outcome{Status: 200, MetricAttributes: attributesWith("inner")})
	outer.HandlersReturned(httpserver.Outcome{MetricAttributes: attributesWith("early")})
	outer.End(httpserver.Outcome{Status: 200, MetricAttributes: attributesWith("outer")})
	points := rec.Points("http.server.request.duration")
	if len(points) != 1 {
		t.Fatalf("got %d series, want one", len(points))
	}
	for _, key := range []attribute.Key{"inner", "early", "outer"} {
		if points[0].Attributes[key] != "x" {
			t.Errorf("got %v, want %s", points[0].Attributes, key)
		}
	}
}

// TestEngineExcludeCallsExcludeFunc proves that Engine.Exclude, which other instrumentation
// calls, applies Config.ExcludeFunc too.
func TestEngineExcludeCallsExcludeFunc(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{ExcludeFunc: func(r *httpserver.Request) bool { return r.Header.Get("x-probe") == "1" }})
	for probe, want := range map[string]bool{"1": true, "0": false} {
		ctx, excluded := rec.Exclude(t.Context(), "gin", newRequest("/", "X-Probe", probe))
		if excluded != want {
			t.Errorf("X-Probe %s: got excluded %t, want %t", probe, excluded, want)
		}
		if child := rec.Child(ctx); strings.HasSuffix(child, "-01") == want {
			t.Errorf("X-Probe %s: a call under it carries %q", probe, child)
		}
	}
}

// TestBlockedExcludeFuncDelaysOnlyItsRequest proves that an ExcludeFunc that blocks delays
// only the request that it was called for.
func TestBlockedExcludeFuncDelaysOnlyItsRequest(t *testing.T) {
	release, blocked := make(chan struct{}), make(chan struct{})
	rec := httpservertest.New(t, httpserver.Config{ExcludeFunc: func(r *httpserver.Request) bool {
		if r.Path == "/slow" {
			close(blocked)
			<-release
		}
		return false
	}})
	instrumentation := instrument(t, rec)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, x := instrumentation.Start(t.Context(), newRequest("/slow"))
		x.End(httpserver.Outcome{Status: 200})
	}()
	<-blocked
	_, x := instrumentation.Start(t.Context(), newRequest("/fast"))
	x.End(httpserver.Outcome{Status: 200})
	if names := rec.Ended(); len(names) != 1 {
		t.Errorf("got %d spans while a request waits, want that of the other one", len(names))
	}
	close(release)
	<-done
	if names := rec.Ended(); len(names) != 2 {
		t.Errorf("got %d spans, want both", len(names))
	}
}

// TestPublicBaggageIfTelemetryIsOff proves that an untrusted caller's baggage is
// propagated only if PublicBaggage is set, even if all telemetry is off.
func TestPublicBaggageIfTelemetryIsOff(t *testing.T) {
	for _, publicBaggage := range []bool{false, true} {
		engine, err := httpserver.New(httpserver.Config{
			TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(),
			PublicEndpoint: httpserver.AlwaysPublic, PublicBaggage: publicBaggage,
		})
		if err != nil {
			t.Fatal(err)
		}
		instrumentation, err := engine.Instrument(httpserver.Framework{Scope: "test"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, x := instrumentation.Start(t.Context(), newRequest("/", "Baggage", "tenant=acme"))
		x.End(httpserver.Outcome{Status: 200})
		if got := baggage.FromContext(ctx).Len() == 1; got != publicBaggage {
			t.Errorf("kept %t: got baggage %q", publicBaggage, baggage.FromContext(ctx))
		}
	}
}

// TestPublicBaggageNeedsAPublicEndpoint proves that PublicBaggage without PublicEndpoint is
// an error that names both.
func TestPublicBaggageNeedsAPublicEndpoint(t *testing.T) {
	_, err := httpserver.New(httpserver.Config{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(), PublicBaggage: true})
	var setting *httpserver.SettingError
	if !errors.As(err, &setting) || !strings.Contains(err.Error(), "Config.PublicBaggage is set without Config.PublicEndpoint") {
		t.Errorf("got %v", err)
	}
}

// TestLogValueMentionsFunctionsAndPublicBaggage proves that the effective configuration
// mentions ExcludeFunc, PublicEndpoint, PublicBaggage and ResponseTraceContext.
func TestLogValueMentionsFunctionsAndPublicBaggage(t *testing.T) {
	returnFalse := func(*httpserver.Request) bool { return false }
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(),
		Exclude: []string{"healthz"}, ExcludeFunc: returnFalse, PublicEndpoint: returnFalse, PublicBaggage: true, ResponseTraceContext: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := engine.LogValue().String()
	for _, want := range []string{"excluded=/healthz, and by a function", "callers=trusted, except at public endpoints, where baggage is kept", "opt_in=response trace context"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s\nwant %q", text, want)
		}
	}
}
