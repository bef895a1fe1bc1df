//go:build unix

package core

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/internal/envtest"
)

// drainingService is a service that has received SIGTERM. Its handler is a readiness check
// that fails during the drain.
type drainingService struct {
	*testServer
	tel    *Telemetry
	result <-chan error // receives the result of Serve
}

// startDrainingService starts a service, sends SIGTERM, and returns when the drain has
// begun.
func startDrainingService(t *testing.T, variables []string, options ...Option) *drainingService {
	t.Helper()
	d := &drainingService{tel: setup(t, append(variables, "OTEL_METRICS_EXPORTER", "none"), options...)}
	d.testServer = newTestServer(t, func(w http.ResponseWriter, request *http.Request) {
		_, span := d.tel.TracerProvider().Tracer("test").Start(request.Context(), "request")
		defer span.End()
		select {
		case <-d.tel.Draining():
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
		}
	})
	d.result = serve(t.Context(), d.tel, d.testServer)
	if status := d.getStatus(); status != http.StatusOK {
		t.Fatalf("got status %d before the signal", status)
	}
	terminate(t)
	<-d.tel.Draining()
	return d
}

// TestServerStopsAfterDrainDelay proves that the server stops when the drain delay is
// over, and not earlier.
func TestServerStopsAfterDrainDelay(t *testing.T) {
	for name, test := range map[string]struct {
		variables []string
		options   []Option
	}{
		"option":   {nil, []Option{WithDrainDelay(300 * time.Millisecond)}},
		"variable": {[]string{"OTEL_GO_DRAIN_DELAY", "300"}, []Option{WithDrainDelay(time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			began := time.Now()
			d := startDrainingService(t, append(test.variables, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+r.address), test.options...)
			if err := awaitResult(t, d.result); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took < 300*time.Millisecond {
				t.Errorf("stopped after %v, want the delay of 300ms to pass", took)
			}
			if d.acceptsConnections() {
				t.Error("the server still accepts connections")
			}
		})
	}
}

// TestSecondSignalEndsDrainDelay proves that after the first signal, the server still
// serves and the readiness check fails, and that a second signal ends the drain delay.
func TestSecondSignalEndsDrainDelay(t *testing.T) {
	r := newReceiver(t, nil)
	d := startDrainingService(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithGracePeriod(2*time.Hour), WithDrainDelay(time.Hour))
	if status := d.getStatus(); status != http.StatusServiceUnavailable {
		t.Errorf("got status %d after the signal, want an answer that says not ready", status)
	}
	// A background task is still running, so the second signal cuts the shutdown short.
	taskDone := make(chan struct{})
	t.Cleanup(func() { close(taskDone) })
	d.tel.Go(t.Context(), "task", func(context.Context) error { <-taskDone; return nil })
	terminateAgain(t)
	if err := awaitResult(t, d.result); !errors.Is(err, ErrSecondSignal) {
		t.Errorf("got %v, want that a second signal ended it", err)
	}
}

// TestDrainDelayEndsWithServer proves that Serve does not wait for the rest of the
// drain delay if other code shuts the server down.
func TestDrainDelayEndsWithServer(t *testing.T) {
	r := newReceiver(t, nil)
	d := startDrainingService(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithGracePeriod(2*time.Hour), WithDrainDelay(time.Hour))
	if err := d.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := awaitResult(t, d.result); err != nil {
		t.Error(err)
	}
	if r.spanCount() != 1 {
		t.Errorf("got %d spans, want 1", r.spanCount())
	}
}

func TestTooLongDrainDelayIsRefused(t *testing.T) {
	for _, test := range []struct {
		variables []string
		options   []Option
		want      string
	}{
		{[]string{"OTEL_GO_DRAIN_DELAY", "20000"}, nil, `OTEL_GO_DRAIN_DELAY="20000": 20s leaves no time for requests in progress, want less than 20s: the default OTEL_GO_GRACE_PERIOD of 25s`},
		{[]string{"OTEL_GO_GRACE_PERIOD", "4000"}, []Option{WithDrainDelay(2 * time.Second)}, `WithDrainDelay="2s": 2s leaves no time for requests in progress, want less than 2s: OTEL_GO_GRACE_PERIOD of 4s`},
		{nil, []Option{WithDrainDelay(19 * time.Second)}, ""},
	} {
		envtest.Clear(t)
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], test.variables[i+1])
		}
		if _, err := resolveSettings(t, test.options...); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want %q", test.variables, err, test.want)
		}
	}
}

// TestServeWithEndedContextStartsNoServer proves that Serve with a context that has
// ended starts no server and still exports what was recorded before.
func TestServeWithEndedContextStartsNoServer(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithDrainDelay(10*time.Second))
	endSpans(t, tel, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := awaitResult(t, serve(ctx, tel, &http.Server{Addr: r.address})); err != nil {
		t.Errorf("got %v, want no attempt to listen on an address in use", err)
	}
	if r.spanCount() != 1 {
		t.Errorf("got %d spans, want 1", r.spanCount())
	}
}
