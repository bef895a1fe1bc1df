package core

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/settings"
)

// disabledTelemetries returns every kind of Telemetry that records nothing.
func disabledTelemetries(t *testing.T) map[string]*Telemetry {
	t.Helper()
	envtest.Clear(t)
	t.Setenv("OTEL_TRACES_EXPORTER", "jaeger")
	failed, err := Setup(t.Context(), WithLogger(slog.New(slog.DiscardHandler)))
	if err == nil {
		t.Fatal("got no error of Setup")
	}
	return map[string]*Telemetry{"nil": nil, "zero value": new(Telemetry), "Disabled": Disabled(), "failed Setup": failed}
}

// TestEveryMethodWorksOnDisabledTelemetry proves that every method works on a Telemetry
// that records nothing.
func TestEveryMethodWorksOnDisabledTelemetry(t *testing.T) {
	for name, tel := range disabledTelemetries(t) {
		t.Run(name, func(t *testing.T) {
			if got := tel.String(); got == "" || strings.Contains(got, "otlp") {
				t.Errorf("got String %q, want that there is no telemetry", got)
			}
			_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "span")
			if span.IsRecording() {
				t.Error("a span is recorded")
			}
			span.End()
			if counter, err := tel.MeterProvider().Meter("test").Int64Counter("counter"); err != nil {
				t.Error(err)
			} else {
				counter.Add(t.Context(), 1)
			}
			if tel.LoggerProvider().Logger("test") == nil {
				t.Error("got no logger")
			}
			if got := strings.Join(tel.Propagator().Fields(), " "); !strings.Contains(got, "traceparent") {
				t.Errorf("got propagator of %q, want W3C's", got)
			}
			if (tel.HTTPEngine() == nil) != (tel == nil) {
				t.Errorf("got engine %v", tel.HTTPEngine())
			}
			var printed strings.Builder
			slog.New(tel.LogHandler("test", slog.NewTextHandler(&printed, nil))).Info("printed")
			if !strings.Contains(printed.String(), "printed") {
				t.Errorf("got %q, want what was logged", printed.String())
			}
			taskDone := make(chan struct{})
			tel.Go(t.Context(), "task", func(context.Context) error {
				close(taskDone)
				return nil
			})
			<-taskDone
			select {
			case <-tel.Draining():
				t.Error("it drains before a shutdown")
			default:
			}
			if err := tel.ForceFlush(t.Context()); err != nil {
				t.Error(err)
			}
			if got := tel.Stats(); got != (Stats{}) {
				t.Errorf("got %+v, want nothing", got)
			}
			for range 2 {
				if err := tel.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if got := tel.LogValue(); got.Kind() != slog.KindString && got.Kind() != slog.KindGroup {
				t.Errorf("got LogValue %v", got)
			}
		})
	}
}

// TestServeWithoutTelemetry proves that Serve answers requests and stops as usual if the
// Telemetry records nothing.
func TestServeWithoutTelemetry(t *testing.T) {
	for name, tel := range disabledTelemetries(t) {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") })
			ctx, stop := context.WithCancel(t.Context())
			result := make(chan error, 1)
			go func() { result <- tel.Serve(ctx, OnListener(&http.Server{Handler: handler}, listener)) }()
			response, err := http.Get("http://" + listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || string(body) != "served" {
				t.Errorf("got %q, %v", body, err)
			}
			_ = response.Body.Close()
			stop()
			if err := <-result; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestZeroTelemetryIsSafeForConcurrentUse proves that several goroutines can use a zero
// Telemetry, which its first use initializes.
func TestZeroTelemetryIsSafeForConcurrentUse(t *testing.T) {
	tel := new(Telemetry)
	engines := make(chan any, 4)
	for range cap(engines) {
		go func() { engines <- tel.HTTPEngine() }()
	}
	first := <-engines
	for range cap(engines) - 1 {
		if <-engines != first {
			t.Error("got more than one engine")
		}
	}
}

// TestFailedSetupKeepsTimeLimits proves that the Telemetry that a failed Setup returns has
// the drain delay and the grace period of the variables and options.
func TestFailedSetupKeepsTimeLimits(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_TRACES_EXPORTER", "jaeger")
	t.Setenv("OTEL_GO_DRAIN_DELAY", "3000")
	tel, err := Setup(t.Context(), WithGracePeriod(20e9))
	if err == nil || tel == nil || tel.gracePeriod != 20e9 || tel.drainDelay != 3e9 || tel.shutdownTimeout != settings.DefaultTimes.ShutdownTimeout {
		t.Errorf("got %+v, %v", tel, err)
	}
}

// TestVariableReplacesWithDisabled proves that OTEL_SDK_DISABLED replaces the option
// WithDisabled.
func TestVariableReplacesWithDisabled(t *testing.T) {
	for variable, recorded := range map[string]bool{"": false, "true": false, "false": true} {
		tel := setup(t, []string{"OTEL_SDK_DISABLED", variable, "OTEL_TRACES_EXPORTER", "console"},
			WithDisabled(), WithDevelopment(io.Discard), WithoutGlobals())
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "span")
		if span.IsRecording() != recorded {
			t.Errorf("OTEL_SDK_DISABLED=%s: got recording %v, want %v", variable, span.IsRecording(), recorded)
		}
		span.End()
	}
}

// TestSetupIsRefusedWhileAnotherRuns proves that only one Telemetry at a time can be
// registered as the globals.
func TestSetupIsRefusedWhileAnotherRuns(t *testing.T) {
	noExporters := []string{"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"}
	first := setup(t, noExporters)
	before := otel.GetTracerProvider()
	second, err := Setup(t.Context())
	if !errors.Is(err, ErrRunning) || second == nil {
		t.Fatalf("got %v, %v, want ErrRunning and a Telemetry that makes nothing", second, err)
	}
	if otel.GetTracerProvider() != before {
		t.Error("the globals were replaced")
	}
	// The shutdown of second does not end the registration of first.
	if err := second.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := Setup(t.Context()); !errors.Is(err, ErrRunning) {
		t.Errorf("got %v, want ErrRunning", err)
	}
	if err := first.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	third, err := Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := third.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTelemetriesWithoutGlobalsRunTogether proves that several Telemetry values with
// WithoutGlobals can run at the same time.
func TestTelemetriesWithoutGlobalsRunTogether(t *testing.T) {
	setup(t, []string{"OTEL_TRACES_EXPORTER", "console", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"}, WithDevelopment(io.Discard))
	tracers, meters, propagator, handler := otel.GetTracerProvider(), otel.GetMeterProvider(), otel.GetTextMapPropagator(), otel.GetErrorHandler()
	for range 2 {
		tel, err := Setup(t.Context(), WithoutGlobals(), WithDevelopment(io.Discard))
		if err != nil {
			t.Fatal(err)
		}
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "span", trace.WithAttributes(attribute.Int("a", 1)))
		if !span.IsRecording() {
			t.Error("no span is recorded")
		}
		span.End()
		t.Cleanup(func() {
			if err := tel.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	if otel.GetTracerProvider() != tracers || otel.GetMeterProvider() != meters || otel.GetErrorHandler() != handler ||
		len(otel.GetTextMapPropagator().Fields()) != len(propagator.Fields()) {
		t.Error("the globals were replaced")
	}
}

// TestDisabledReadsExclusionRules proves that the variables for server spans apply to a Telemetry
// that records nothing: calls of an excluded request are not sampled.
func TestDisabledReadsExclusionRules(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_GO_EXCLUDED_URLS", "healthz")
	tel := Disabled()
	instrumentation, err := tel.HTTPEngine().Instrument(httpserver.Framework{Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	const caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
	for path, flag := range map[string]string{"/healthz": "0", "/process": "1"} {
		header := propagation.HeaderCarrier{"Traceparent": {caller + "1"}}
		ctx, exchange := instrumentation.Start(t.Context(), &httpserver.Request{Method: http.MethodGet, Path: path, Header: header})
		sent := propagation.MapCarrier{}
		tel.Propagator().Inject(ctx, sent)
		exchange.End(httpserver.Outcome{})
		if got := sent["traceparent"]; got != caller+flag {
			t.Errorf("%s: got %q, want %q", path, got, caller+flag)
		}
	}
}
