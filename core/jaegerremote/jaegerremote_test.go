package jaegerremote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	_ "github.com/samespan/samespan/core/jaegerremote"
	"github.com/samespan/samespan/core/register"
	"github.com/samespan/samespan/internal/logtest"
)

// waitLimit limits how long a test waits for anything.
const waitLimit = 30 * time.Second

// fakeJaeger is a server that responds to requests for sampling strategies, like Jaeger.
type fakeJaeger struct {
	*httptest.Server
	// strategy is the JSON of the response. If it is empty, the response has status 500.
	strategy atomic.Pointer[string]
	// requestCount is the number of requests so far.
	requestCount atomic.Int64
	// requestedService is the service that the last request named.
	requestedService atomic.Pointer[string]
}

// startJaeger starts a fakeJaeger that responds with strategy.
func startJaeger(t *testing.T, strategy string) *fakeJaeger {
	t.Helper()
	j := new(fakeJaeger)
	j.strategy.Store(&strategy)
	j.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		service := r.URL.Query().Get("service")
		j.requestedService.Store(&service)
		j.requestCount.Add(1)
		text := *j.strategy.Load()
		if text == "" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(j.Close)
	return j
}

// probabilisticStrategy returns the JSON of a strategy that samples with the given rate.
func probabilisticStrategy(rate string) string {
	return `{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":` + rate + `}}`
}

// setup calls core.Setup with the sampler. It also returns the collector and the log.
func setup(t *testing.T, sampler, argument string) (*core.Telemetry, *otlptest.Server, *logtest.Buffer) {
	t.Helper()
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("OTEL_TRACES_SAMPLER", sampler)
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", argument)
	log := new(logtest.Buffer)
	tel, err := core.Setup(t.Context(), core.WithServiceName("orders"), core.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	return tel, collector, log
}

// isNewSpanSampled reports whether a new span in ctx is sampled.
func isNewSpanSampled(ctx context.Context, tel *core.Telemetry) bool {
	_, span := tel.TracerProvider().Tracer("orders").Start(ctx, "order")
	defer span.End()
	return span.SpanContext().IsSampled()
}

// contextWithCaller returns a context with a caller's span context that has the flags.
func contextWithCaller(ctx context.Context, flags trace.TraceFlags) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: flags, Remote: true,
	}))
}

// eventually waits until condition is true.
func eventually(t *testing.T, description string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(waitLimit)
	defer deadline.Stop()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", waitLimit, description)
		}
	}
}

// TestSpansAreSampledByStrategy proves that spans are sampled by the current strategy.
// While the server fails, the last strategy remains in effect.
func TestSpansAreSampledByStrategy(t *testing.T) {
	j := startJaeger(t, probabilisticStrategy("1"))
	tel, collector, log := setup(t, "jaeger_remote", "endpoint="+j.URL+"/sampling, pollingIntervalMs=10, initialSamplingRate=0")
	eventually(t, "everything is sampled", func() bool { return isNewSpanSampled(t.Context(), tel) })
	if service := *j.requestedService.Load(); service != "orders" {
		t.Errorf("got a request for %q, want orders", service)
	}
	failing, sampleNothing := "", probabilisticStrategy("0")
	j.strategy.Store(&failing)
	requestsBefore := j.requestCount.Load()
	eventually(t, "the server fails three times", func() bool { return j.requestCount.Load() > requestsBefore+3 })
	if !isNewSpanSampled(t.Context(), tel) {
		t.Error("got an unsampled span while the server fails, want the last strategy")
	}
	eventually(t, "the failure is logged", func() bool { return strings.Contains(log.String(), "500 Internal Server Error") })
	j.strategy.Store(&sampleNothing)
	eventually(t, "nothing is sampled", func() bool { return !isNewSpanSampled(t.Context(), tel) })
	// The sampler "jaeger_remote" ignores the decision of a caller.
	if isNewSpanSampled(contextWithCaller(t.Context(), trace.FlagsSampled), tel) {
		t.Error("got a sampled span below a sampled caller, want Jaeger's decision")
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if len(collector.Spans()) == 0 {
		t.Error("got no spans, want those that were sampled")
	}
	requestsBefore = j.requestCount.Load()
	isNewSpanSampled(t.Context(), tel)
	if j.requestCount.Load() != requestsBefore {
		t.Error("got requests for strategies after the shutdown")
	}
}

// TestParentBasedKeepsDecisionOfCaller proves that parentbased_jaeger_remote keeps the
// decision of a caller.
func TestParentBasedKeepsDecisionOfCaller(t *testing.T) {
	j := startJaeger(t, probabilisticStrategy("0"))
	tel, _, _ := setup(t, "parentbased_jaeger_remote", "endpoint="+j.URL+",initialSamplingRate=1")
	eventually(t, "the strategy arrives", func() bool { return !isNewSpanSampled(t.Context(), tel) })
	if !isNewSpanSampled(contextWithCaller(t.Context(), trace.FlagsSampled), tel) {
		t.Error("got an unsampled span below a sampled caller")
	}
	if isNewSpanSampled(contextWithCaller(t.Context(), 0), tel) {
		t.Error("got a sampled span below an unsampled caller")
	}
}

// TestInitialRateAppliesWithoutServer proves that the initial rate applies while the
// server cannot be reached.
func TestInitialRateAppliesWithoutServer(t *testing.T) {
	j := startJaeger(t, "")
	j.Close()
	tel, _, log := setup(t, "jaeger_remote", "endpoint="+j.URL+",pollingIntervalMs=50,initialSamplingRate=1")
	for range 100 {
		if !isNewSpanSampled(t.Context(), tel) {
			t.Fatal("got an unsampled span, want the initial rate")
		}
	}
	eventually(t, "the failure is logged", func() bool { return strings.Contains(log.String(), "connection refused") })
}

// TestFirstFailureIsLoggedDuringSetup proves that a failure of the first request is
// logged at once, even if it occurs before Setup has returned. Otherwise it would be
// logged only after the next request, a minute later.
func TestFirstFailureIsLoggedDuringSetup(t *testing.T) {
	j := startJaeger(t, "")
	j.Close()
	for _, options := range [][]core.Option{nil, {core.WithoutGlobals()}} {
		logger, log := logtest.New()
		isLogged := func() bool { return strings.Contains(log.String(), "connection refused") }
		t.Setenv("OTEL_TRACES_SAMPLER", "jaeger_remote")
		t.Setenv("OTEL_TRACES_SAMPLER_ARG", "endpoint="+j.URL)
		t.Setenv("OTEL_GO_ID_GENERATOR", "awaiting")
		awaitedCondition.Store(&isLogged)
		tel, err := core.Setup(t.Context(), append(options, core.WithLogger(logger))...)
		if err != nil {
			t.Errorf("got %v, want the failure logged while Setup runs; the log has\n%s", err, log)
		}
		_ = tel.Shutdown(t.Context()) // the error is expected: there is no collector
	}
}

// awaitedCondition is the condition that the ID generator "awaiting" waits for. Setup
// creates the generator, so Setup does not return before the condition is true.
var awaitedCondition atomic.Pointer[func() bool]

func init() {
	register.IDGenerator("awaiting", func(context.Context) (sdktrace.IDGenerator, error) {
		ticker, timeout := time.NewTicker(5*time.Millisecond), time.After(waitLimit)
		defer ticker.Stop()
		for !(*awaitedCondition.Load())() {
			select {
			case <-ticker.C:
			case <-timeout:
				return nil, errors.New("not in time")
			}
		}
		return constantIDGenerator{}, nil
	})
}

// constantIDGenerator is an ID generator that always returns the same IDs.
type constantIDGenerator struct{}

func (constantIDGenerator) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	return trace.TraceID{1}, trace.SpanID{1}
}
func (constantIDGenerator) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	return trace.SpanID{2}
}

// TestShutdownDoesNotWaitForServer proves that Shutdown does not wait for a server that
// does not respond.
func TestShutdownDoesNotWaitForServer(t *testing.T) {
	requested, release := make(chan struct{}, 10), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		requested <- struct{}{}
		<-release
	}))
	defer server.Close()
	defer close(release)
	tel, _, log := setup(t, "jaeger_remote", "endpoint="+server.URL)
	<-requested
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "jaegerremote") {
		t.Errorf("got the request that the shutdown has ended reported:\n%s", log)
	}
}

// TestSetupRejectsInvalidArgument proves that Setup returns an error for an invalid
// argument of the sampler. The error names the variable and its value.
func TestSetupRejectsInvalidArgument(t *testing.T) {
	for _, argument := range []string{
		"0.5", "endpoint", "endpoint=", "endpoint=jaeger:5778", "endpoint=ftp://jaeger", "interval=5",
		"pollingIntervalMs=0", "pollingIntervalMs=-1", "pollingIntervalMs=1s", "pollingIntervalMs=9223372036854775807",
		"initialSamplingRate=2", "initialSamplingRate=NaN", "initialSamplingRate=-0.1",
		"initialSamplingRate=0.5,pollingIntervalMs=x",
	} {
		for _, sampler := range []string{"jaeger_remote", "parentbased_jaeger_remote", "Jaeger_Remote"} {
			t.Run(sampler+" "+argument, func(t *testing.T) {
				t.Setenv("OTEL_TRACES_SAMPLER", sampler)
				t.Setenv("OTEL_TRACES_SAMPLER_ARG", argument)
				tel, err := core.Setup(t.Context())
				if err == nil {
					_ = tel.Shutdown(t.Context())
					t.Fatal("got no error")
				}
				if want := fmt.Sprintf("OTEL_TRACES_SAMPLER_ARG=%q: ", argument); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "want endpoint=<URL>") {
					t.Errorf("got %q, want it to name %s and what would be right", err, want)
				}
				if setting := (*core.SettingError)(nil); !errors.As(err, &setting) || setting.Setting != "OTEL_TRACES_SAMPLER_ARG" || setting.Value != argument {
					t.Errorf("got %v, want a SettingError of the variable", err)
				}
			})
		}
	}
}

// TestLargeResponseIsDiscarded proves that a response that is too large is reported and
// discarded.
func TestLargeResponseIsDiscarded(t *testing.T) {
	j := startJaeger(t, strings.Repeat(" ", 5<<20)+probabilisticStrategy("0"))
	tel, _, log := setup(t, "jaeger_remote", "endpoint="+j.URL+",pollingIntervalMs=50,initialSamplingRate=1")
	eventually(t, "the answer is reported", func() bool { return strings.Contains(log.String(), "more than 4194304 bytes") })
	if !isNewSpanSampled(t.Context(), tel) {
		t.Error("got an unsampled span, want the initial rate")
	}
}
