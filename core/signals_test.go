//go:build unix

package core

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// TestWithoutSignals proves that with WithoutSignals, a signal reaches only the
// application and does not stop the service.
func TestWithoutSignals(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"}, WithoutSignals())
	srv := newTestServer(t, func(http.ResponseWriter, *http.Request) {})
	appSignals := make(chan os.Signal, 1)
	signal.Notify(appSignals, syscall.SIGTERM)
	defer signal.Stop(appSignals)
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	if status := srv.getStatus(); status != http.StatusOK {
		t.Fatalf("got status %d", status)
	}
	terminate(t)
	<-appSignals
	select {
	case <-tel.Draining():
		t.Error("the signal has ended the service")
	default:
	}
	if status := srv.getStatus(); status != http.StatusOK {
		t.Errorf("got status %d after the signal", status)
	}
	cancel()
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
}

// TestRepeatedSignalCountsOnce proves that signals that arrive together count as one,
// so the request in progress is answered. timeout(1) sends a signal twice, and a
// process manager may send SIGTERM right after a terminal's SIGINT.
func TestRepeatedSignalCountsOnce(t *testing.T) {
	for name, signals := range map[string][]syscall.Signal{
		"the same":            {syscall.SIGTERM, syscall.SIGTERM, syscall.SIGTERM},
		"SIGINT then SIGTERM": {syscall.SIGINT, syscall.SIGTERM},
		"SIGTERM then SIGINT": {syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
			handlerStarted, release := make(chan struct{}), make(chan struct{})
			srv := newTestServer(t, func(http.ResponseWriter, *http.Request) { close(handlerStarted); <-release })
			receivedSignals := make(chan os.Signal, 8)
			signal.Notify(receivedSignals, syscall.SIGINT, syscall.SIGTERM)
			defer signal.Stop(receivedSignals)
			result := serve(t.Context(), tel, srv)
			status := make(chan int, 1)
			go func() { status <- srv.getStatus() }()
			<-handlerStarted
			for _, s := range signals {
				if err := syscall.Kill(syscall.Getpid(), s); err != nil {
					t.Fatal(err)
				}
				<-receivedSignals
			}
			eventually(t, "the server refuses connections", func() bool { return !srv.acceptsConnections() })
			close(release)
			if got := <-status; got != http.StatusOK {
				t.Errorf("got status %d for the request in progress", got)
			}
			if err := awaitResult(t, result); err != nil {
				t.Errorf("got %v, want nil", err)
			}
		})
	}
}
