//go:build unix

package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// spanHandler returns a handler that records a span for each request.
func spanHandler(tel *Telemetry) http.HandlerFunc {
	return func(_ http.ResponseWriter, request *http.Request) {
		_, span := tel.TracerProvider().Tracer("test").Start(request.Context(), "request")
		span.End()
	}
}

// TestSeveralServersEndTogether proves that stopping one of two servers stops both, and
// that no call of Serve returns before the telemetry is shut down. One server has a
// request in progress.
func TestSeveralServersEndTogether(t *testing.T) {
	for name, stopOne := range map[string]func(t *testing.T, cancel func(), idle *testServer){
		"signal": func(t *testing.T, _ func(), _ *testServer) {
			t.Helper()
			terminate(t)
		},
		"context": func(_ *testing.T, cancel func(), _ *testServer) { cancel() },
		"shutdown of one server": func(t *testing.T, _ func(), idle *testServer) {
			t.Helper()
			if err := idle.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		},
	} {
		for _, calls := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d calls", name, calls), func(t *testing.T) {
				r := newReceiver(t, nil)
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
				handlerStarted, release := make(chan struct{}), make(chan struct{})
				busy := newTestServer(t, func(w http.ResponseWriter, request *http.Request) {
					close(handlerStarted)
					<-release
					spanHandler(tel)(w, request)
				})
				idle := newTestServer(t, spanHandler(tel))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var results []<-chan error
				if calls == 1 {
					result := make(chan error, 1)
					go func() { result <- tel.Serve(ctx, idle, busy) }()
					results = append(results, result)
				} else {
					results = append(results, serve(ctx, tel, idle), serve(t.Context(), tel, busy))
				}
				if status := idle.getStatus(); status != http.StatusOK {
					t.Fatalf("got status %d", status)
				}
				status := make(chan int, 1)
				go func() { status <- busy.getStatus() }()
				<-handlerStarted
				stopOne(t, cancel, idle)
				eventually(t, "both servers refuse connections", func() bool { return !idle.acceptsConnections() && !busy.acceptsConnections() })
				for _, result := range results {
					select {
					case err := <-result:
						t.Fatalf("a call has returned %v while a request is in progress", err)
					default:
					}
				}
				close(release)
				if got := <-status; got != http.StatusOK {
					t.Errorf("got status %d for the request in progress", got)
				}
				for _, result := range results {
					if err := awaitResult(t, result); err != nil {
						t.Error(err)
					}
					if got := r.spanCountsByName()["request"]; got != 2 {
						t.Errorf("got %d spans when a call returned, want 2", got)
					}
				}
			})
		}
	}
}

// TestServerThatCannotListenDoesNotStopOthers proves that if a server of one call of
// Serve cannot listen, the servers of other calls continue.
func TestServerThatCannotListenDoesNotStopOthers(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	srv := newTestServer(t, spanHandler(tel))
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	if status := srv.getStatus(); status != http.StatusOK {
		t.Fatalf("got status %d", status)
	}
	other := newTestServer(t, spanHandler(tel))
	err := make(chan error, 1)
	go func() { err <- tel.Serve(t.Context(), other, &http.Server{Addr: r.address}) }()
	if got := awaitResult(t, err); !errors.Is(got, syscall.EADDRINUSE) {
		t.Errorf("got %v, want that the address is in use", got)
	}
	if other.acceptsConnections() {
		t.Error("a server of the call that has failed goes on")
	}
	if got := r.spanCountsByName()["request"]; got != 1 {
		t.Errorf("got %d spans when the call returned, want 1", got)
	}
	select {
	case <-tel.Draining():
		t.Error("Draining is closed, although a server goes on")
	default:
	}
	if status := srv.getStatus(); status != http.StatusOK {
		t.Errorf("got status %d from the server that goes on", status)
	}
	cancel()
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
	if got := r.spanCountsByName()["request"]; got != 2 {
		t.Errorf("got %d spans, want 2", got)
	}
}

// TestServeDuringShutdownStartsNoServer proves that a call of Serve after the shutdown
// has begun starts no server.
func TestServeDuringShutdownStartsNoServer(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	handlerStarted, release := make(chan struct{}), make(chan struct{})
	srv := newTestServer(t, func(http.ResponseWriter, *http.Request) { close(handlerStarted); <-release })
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	go srv.getStatus()
	<-handlerStarted
	cancel()
	<-tel.Draining()
	late := newTestServer(t, func(http.ResponseWriter, *http.Request) {})
	defer func() { _ = late.listener.Close() }()
	lateResult := serve(t.Context(), tel, late)
	close(release)
	for _, result := range []<-chan error{result, lateResult} {
		if err := awaitResult(t, result); err != nil {
			t.Error(err)
		}
	}
}

// processVariable is the variable that makes the test binary run as the service of
// TestServiceProcess. Its value selects the variant.
const processVariable = "CORE_TEST_PROCESS"

// TestServeAfterFailureReturnsErrorOfFailedServer calls Serve while the telemetry is
// being shut down because the server of another call has failed. It proves that the
// second server is not started, and that Serve returns the error of the failed server.
func TestServeAfterFailureReturnsErrorOfFailedServer(t *testing.T) {
	r := newReceiver(t, nil)
	release := r.holdExports()
	defer release()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"})
	endSpans(t, tel, 1)
	failing := serve(t.Context(), tel, &http.Server{Addr: r.address})
	<-tel.Draining()
	late := newTestServer(t, nil)
	defer func() { _ = late.listener.Close() }()
	result := serve(t.Context(), tel, late)
	release()
	for _, result := range []<-chan error{failing, result} {
		if err := awaitResult(t, result); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("got %v, want that the address is in use", err)
		}
	}
}

// TestServiceProcess is the main function of the services that other tests run
// as processes; in the test's own process it does nothing.
func TestServiceProcess(t *testing.T) {
	variant := os.Getenv(processVariable)
	if variant == "" {
		return
	}
	hasOption := func(option string) bool { return strings.Contains(variant, option) }
	fail := func(err error) {
		slog.Error("the service fails", "error", err)
		os.Exit(1)
	}
	tel, err := Setup(t.Context(), WithServiceName("process"), WithShutdownTimeout(2*time.Second))
	if err != nil {
		fail(err)
	}
	admin, app := newTestServer(t, spanHandler(tel)), newTestServer(t, spanHandler(tel))
	ctx := t.Context()
	if hasOption("context") {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGTERM)
		t.Cleanup(stop)
	}
	first, second := admin, app
	if hasOption("swapped") {
		first, second = app, admin
	}
	go func() {
		for range 3 {
			if admin.getStatus() != http.StatusOK || app.getStatus() != http.StatusOK {
				fail(errors.New("a server does not answer"))
			}
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		if hasOption("twice") {
			<-time.After(20 * time.Millisecond)
			_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		}
	}()
	if hasOption("one call") {
		err = tel.Serve(ctx, first, second)
	} else {
		go func() { _ = tel.Serve(ctx, first) }()
		err = tel.Serve(ctx, second)
	}
	if err != nil {
		fail(err)
	}
	os.Exit(0)
}

// runProcess runs a service in a process, and returns the log of the service. The service
// sends itself requests and then SIGTERM.
func runProcess(t *testing.T, variant, endpoint string, variables ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServiceProcess$")
	// GORACE saves time: by default, the race detector waits a second at the end of each
	// process.
	command.Env = append(os.Environ(), processVariable+"="+variant, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint, "GORACE=atexit_sleep_ms=0")
	command.Env = append(command.Env, variables...)
	var output strings.Builder
	command.Stdout, command.Stderr = io.Discard, &output
	if err := command.Run(); err != nil {
		t.Errorf("%s: the process ended with %v, want status 0:\n%s", variant, err, &output)
	}
	return output.String()
}

// TestTwoServersLoseNothing proves that a process with two servers exports all spans
// when SIGTERM stops it.
func TestTwoServersLoseNothing(t *testing.T) {
	for _, variant := range []string{
		"signal", "signal swapped", "signal twice", "context", "context swapped", "context twice",
		"one call", "one call swapped twice",
	} {
		t.Run(variant, func(t *testing.T) {
			const runs = 13
			r := newReceiver(t, nil)
			for range runs {
				runProcess(t, variant, "http://"+r.address)
			}
			if got := r.spanCountsByName()["request"]; got != 6*runs {
				t.Errorf("got %d spans, want %d", got, 6*runs)
			}
		})
	}
}

// TestLostTelemetryDoesNotChangeExitStatus proves that a process ends with status 0 even
// if its telemetry is lost, and that it logs the loss.
func TestLostTelemetryDoesNotChangeExitStatus(t *testing.T) {
	t.Run("away", func(t *testing.T) {
		logged := runProcess(t, "signal", "http://"+refusedAddress(t), "OTEL_GO_SHUTDOWN_TIMEOUT=300")
		if !strings.Contains(logged, "telemetry was lost since the start") || !strings.Contains(logged, "traces.failed=6") {
			t.Errorf("got %q, want the count of what was lost", logged)
		}
	})
}
