//go:build unix

package core

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/internal/logtest"
)

// TestServeWorksAfterShutdown proves that Serve works after its telemetry was shut
// down, and logs a warning.
func TestServeWorksAfterShutdown(t *testing.T) {
	r := newReceiver(t, nil)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger))
	if err := awaitResult(t, serve(t.Context(), tel, &http.Server{Addr: r.address})); err == nil {
		t.Fatal("got no error of an address in use")
	}
	if logged.String() != "" {
		t.Errorf("got in the log: %s", logged)
	}
	srv := newTestServer(t, func(_ http.ResponseWriter, request *http.Request) {
		_, span := tel.TracerProvider().Tracer("test").Start(request.Context(), "request")
		span.End()
	})
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	if status := srv.getStatus(); status != http.StatusOK {
		t.Errorf("got status %d", status)
	}
	cancel()
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
	if !logged.Line("after the telemetry was shut down", "call Setup again") {
		t.Errorf("got %q, want that the log tells of it", logged)
	}
}

// TestRequestsAreAnsweredAfterShutdownDuringServe proves that requests are still answered
// if other code calls Shutdown during Serve. If telemetry is lost, Shutdown returns the error,
// and Serve returns nil.
func TestRequestsAreAnsweredAfterShutdownDuringServe(t *testing.T) {
	for _, unreachable := range []bool{false, true} {
		t.Run(fmt.Sprint("lost: ", unreachable), func(t *testing.T) {
			address, limit := refusedAddress(t), 300*time.Millisecond
			if !unreachable {
				address, limit = newReceiver(t, nil).address, 10*time.Second
			}
			logger, _ := logtest.New()
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address},
				WithShutdownTimeout(limit), WithLogger(logger))
			var stopping atomic.Bool
			srv := newTestServer(t, func(_ http.ResponseWriter, request *http.Request) {
				if stopping.Load() {
					return
				}
				_, span := tel.TracerProvider().Tracer("test").Start(request.Context(), "request")
				span.End()
			})
			ctx, cancel := context.WithCancel(t.Context())
			result := serve(ctx, tel, srv)
			srv.getStatus()
			stopping.Store(true)
			shutdownDone := make(chan error, 1)
			go func() { shutdownDone <- tel.Shutdown(t.Context()) }()
			<-tel.Draining()
			if status := srv.getStatus(); status != http.StatusOK {
				t.Errorf("got status %d during the shutdown of the telemetry, want an answer", status)
			}
			cancel()
			first, served := <-shutdownDone, awaitResult(t, result)
			second := tel.Shutdown(t.Context())
			if fmt.Sprint(first) != fmt.Sprint(second) {
				t.Errorf("got %v, then %v", first, second)
			}
			if unreachable != errors.Is(first, ErrLost) || served != nil {
				t.Fatalf("got %v from Shutdown and %v from Serve, want the loss from Shutdown alone", first, served)
			}
			if unreachable && !strings.Contains(first.Error(), "traces: 1 span lost") {
				t.Errorf("got %v, want what the shutdown has lost", first)
			}
		})
	}
}

// TestSetupAfterShutdownRegistersGlobals proves that each Setup after a shutdown
// registers its own providers as OpenTelemetry's globals.
func TestSetupAfterShutdownRegistersGlobals(t *testing.T) {
	for i := range 3 {
		r := newReceiver(t, nil)
		tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
		if otel.GetTracerProvider() != tel.TracerProvider() || otel.GetMeterProvider() != tel.MeterProvider() {
			t.Fatal("the globals are not those of the last Setup")
		}
		_, span := otel.Tracer("global").Start(t.Context(), "global")
		span.End()
		counter, err := otel.Meter("global").Int64Counter("things")
		if err != nil {
			t.Fatal(err)
		}
		counter.Add(t.Context(), 1)
		otel.Handle(fmt.Errorf("error %d", i))
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if r.spanCountsByName()["global"] != 1 || len(r.metrics) != 1 {
			t.Errorf("round %d: got %v and %v, want one each", i, r.spanCountsByName(), r.metrics)
		}
	}
}

// TestShutdownCompletesIfTaskPanics proves that a shutdown completes if a task panics
// when its context ends.
func TestShutdownCompletesIfTaskPanics(t *testing.T) {
	r := newReceiver(t, nil)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithLogger(logger), WithShutdownTimeout(2*time.Second))
	tel.Go(t.Context(), "task", func(ctx context.Context) error {
		<-ctx.Done()
		panic(errors.New("interrupted"))
	})
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if r.span("task") == nil || !logged.Line("a background task panicked", "interrupted") {
		t.Errorf("got spans %v and the log %s", r.spanCountsByName(), logged)
	}
}

// TestLastLogLineHasTotalLosses proves that the last line of the log has the total of
// all losses, including those from long before the shutdown.
func TestLastLogLineHasTotalLosses(t *testing.T) {
	address := refusedAddress(t)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address, "OTEL_BSP_EXPORT_TIMEOUT", "500", "OTEL_METRIC_EXPORT_TIMEOUT", "500"},
		WithLogger(logger), WithShutdownTimeout(8*time.Second))
	endSpans(t, tel, 3)
	recordSeries(t, tel, 2)
	if err := tel.ForceFlush(t.Context()); err == nil {
		t.Error("got no error of a flush that lost everything")
	}
	r := newReceiverOn(t, nil, listenAgain(t, address))
	eventually(t, "spans arrive again", func() bool {
		endSpans(t, tel, 1)
		_ = tel.ForceFlush(t.Context())
		return r.spanCount() > 0
	})
	endSpans(t, tel, 1)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v, although nothing was lost by the shutdown", err)
	}
	s := tel.Stats()
	lines := strings.Split(strings.TrimSpace(logged.String()), "\n")
	last := lines[len(lines)-1]
	for _, want := range []string{
		"core: shut down; telemetry was lost since the start",
		fmt.Sprintf("traces.ended=%d traces.exported=%d traces.failed=%d traces.dropped=0", s.Traces.Ended, s.Traces.Exported, s.Traces.Failed),
		fmt.Sprintf("metrics.failed=%d ", s.Metrics.Failed), fmt.Sprintf("metrics.points_failed=%d", s.Metrics.Points.Failed),
	} {
		if !strings.Contains(last, want) {
			t.Errorf("got %q, want %q in it", last, want)
		}
	}
	if s.Traces.Failed < 3 || s.Metrics.Failed < 1 || strings.Contains(last, "logs.") {
		t.Errorf("got %+v and %q, want what was lost and nothing else", s, last)
	}
	if n := strings.Count(logged.String(), "since the start"); n != 1 {
		t.Errorf("got the total %d times, want once", n)
	}
}
