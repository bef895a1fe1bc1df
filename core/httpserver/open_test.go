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

// TestMetricAttributesAreBounded proves that the SDK's limit of series holds for
// attributes that a client makes up.
func TestMetricAttributesAreBounded(t *testing.T) {
	const limit, requests = 2000, 2500
	rec := httpservertest.New(t, httpserver.Config{})
	in := instrument(t, rec)
	for i := range requests {
		_, x := in.Start(t.Context(), request("/"))
		x.End(httpserver.Outcome{Status: 200, MetricAttributes: func() []attribute.KeyValue {
			return []attribute.KeyValue{attribute.Int("made.up", i)}
		}})
	}
	points := rec.Points("http.server.request.duration")
	var measured uint64
	overflown := false
	for _, point := range points {
		measured += point.Count
		overflown = overflown || point.Attributes["otel.metric.overflow"] == true
	}
	if len(points) != limit || measured != requests || !overflown {
		t.Errorf("got %d series of %d requests, one of what is beyond the limit: %t; want %d series of %d", len(points), measured, overflown, limit, requests)
	}
}

// TestMetricAttributesOfBoth proves that the hooks of a nested exchange and of the
// open one both count, also where the handlers have returned before the end.
func TestMetricAttributesOfBoth(t *testing.T) {
	says := func(key string) func() []attribute.KeyValue {
		return func() []attribute.KeyValue { return []attribute.KeyValue{attribute.String(key, "x")} }
	}
	rec := httpservertest.New(t, httpserver.Config{})
	in := instrument(t, rec)
	ctx, outer := in.Start(t.Context(), request("/"))
	_, inner := in.Start(ctx, request("/"))
	inner.End(httpserver.Outcome{Status: 200, MetricAttributes: says("inner")})
	outer.HandlersReturned(httpserver.Outcome{MetricAttributes: says("early")})
	outer.End(httpserver.Outcome{Status: 200, MetricAttributes: says("outer")})
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

// TestExcludeFuncForOthers proves that the function holds for instrumentation that
// is not the engine's, such as a framework's official one.
func TestExcludeFuncForOthers(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{ExcludeFunc: func(r *httpserver.Request) bool { return r.Header.Get("x-probe") == "1" }})
	for probe, want := range map[string]bool{"1": true, "0": false} {
		ctx, excluded := rec.Exclude(t.Context(), "gin", request("/", "X-Probe", probe))
		if excluded != want {
			t.Errorf("X-Probe %s: got excluded %t, want %t", probe, excluded, want)
		}
		if child := rec.Child(ctx); strings.HasSuffix(child, "-01") == want {
			t.Errorf("X-Probe %s: a call under it carries %q", probe, child)
		}
	}
}

// TestExcludeFuncThatBlocks proves that a function that blocks holds up its own
// request alone.
func TestExcludeFuncThatBlocks(t *testing.T) {
	never, blocked := make(chan struct{}), make(chan struct{})
	rec := httpservertest.New(t, httpserver.Config{ExcludeFunc: func(r *httpserver.Request) bool {
		if r.Path == "/slow" {
			close(blocked)
			<-never
		}
		return false
	}})
	in := instrument(t, rec)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, x := in.Start(t.Context(), request("/slow"))
		x.End(httpserver.Outcome{Status: 200})
	}()
	<-blocked
	_, x := in.Start(t.Context(), request("/fast"))
	x.End(httpserver.Outcome{Status: 200})
	if names := rec.Ended(); len(names) != 1 {
		t.Errorf("got %d spans while a request waits, want that of the other one", len(names))
	}
	close(never)
	<-done
	if names := rec.Ended(); len(names) != 2 {
		t.Errorf("got %d spans, want both", len(names))
	}
}

// TestBaggageWhereNobodyTakesTelemetry proves that the baggage of a stranger is
// passed on only where that is asked for, also without telemetry.
func TestBaggageWhereNobodyTakesTelemetry(t *testing.T) {
	for _, kept := range []bool{false, true} {
		engine, err := httpserver.New(httpserver.Config{
			TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(),
			PublicEndpoint: httpserver.AlwaysPublic, PublicBaggage: kept,
		})
		if err != nil {
			t.Fatal(err)
		}
		in, err := engine.Instrument(httpserver.Framework{Scope: "test"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, x := in.Start(t.Context(), request("/", "Baggage", "tenant=acme"))
		x.End(httpserver.Outcome{Status: 200})
		if got := baggage.FromContext(ctx).Len() == 1; got != kept {
			t.Errorf("kept %t: got baggage %q", kept, baggage.FromContext(ctx))
		}
	}
}

// TestPublicBaggageNeedsAPublicEndpoint proves that the one without the other is an
// error that names both.
func TestPublicBaggageNeedsAPublicEndpoint(t *testing.T) {
	_, err := httpserver.New(httpserver.Config{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(), PublicBaggage: true})
	var setting *httpserver.SettingError
	if !errors.As(err, &setting) || !strings.Contains(err.Error(), "Config.PublicBaggage is set without Config.PublicEndpoint") {
		t.Errorf("got %v", err)
	}
}

// TestOpenIsTold proves that the effective configuration names the functions and the header.
func TestOpenIsTold(t *testing.T) {
	never := func(*httpserver.Request) bool { return false }
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(),
		Exclude: []string{"healthz"}, ExcludeFunc: never, PublicEndpoint: never, PublicBaggage: true, ResponseTraceContext: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := engine.LogValue().String()
	for _, want := range []string{"excluded=/healthz, and what a function says", "callers=trusted unless public, baggage kept", "opt_in=response trace context"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s\nwant %q", text, want)
		}
	}
}
