//go:build unix

package core

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// streamService is a service with one open stream of server-sent events.
type streamService struct {
	// receiver is the collector of the service.
	receiver *receiver
	// result receives the result of Serve.
	result <-chan error
	// cancelServe cancels the context of Serve.
	cancelServe context.CancelFunc
	// events reads the body of the response.
	events *bufio.Reader
}

// startStreamService starts a service with a stream and reads the first event. The stream ends
// when the channel that endOfStream returns is closed, or when the client disconnects.
func startStreamService(t *testing.T, protocols *http.Protocols, endOfStream func(*Telemetry) <-chan struct{}, options ...Option) *streamService {
	t.Helper()
	s := &streamService{receiver: newReceiver(t, nil)}
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + s.receiver.address, "OTEL_METRICS_EXPORTER", "none"}, options...)
	srv := newTestServer(t, func(w http.ResponseWriter, request *http.Request) {
		_, span := tel.TracerProvider().Tracer("test").Start(request.Context(), "stream")
		defer span.End()
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: first\n\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		select {
		case <-endOfStream(tel):
			fmt.Fprint(w, "data: last\n\n")
		case <-request.Context().Done():
		}
	})
	srv.Protocols = protocols
	ctx, cancel := context.WithCancel(t.Context())
	s.cancelServe = cancel
	// Pass the *http.Server, not the testServer: after closing the connections, Serve
	// waits for the handlers of an *http.Server, but not for those of a testServer, which
	// has no method Wait.
	s.result = serve(ctx, tel, OnListener(srv.Server, srv.listener))

	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := (&http.Client{Transport: transport}).Get(srv.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	s.events = bufio.NewReader(response.Body)
	if line, err := s.events.ReadString('\n'); err != nil || line != "data: first\n" {
		t.Fatalf("got %q and %v, want the first event", line, err)
	}
	return s
}

// protocolsByName returns the protocols under test, by their names.
func protocolsByName() map[string]*http.Protocols {
	http1, http2 := new(http.Protocols), new(http.Protocols)
	http1.SetHTTP1(true)
	http2.SetUnencryptedHTTP2(true)
	return map[string]*http.Protocols{"HTTP/1.1": http1, "HTTP/2": http2}
}

// TestStreamEndsWhenDraining proves that a stream that watches Draining ends as
// soon as the shutdown begins, however long the grace period and the drain
// delay are.
func TestStreamEndsWhenDraining(t *testing.T) {
	draining := func(tel *Telemetry) <-chan struct{} { return tel.Draining() }
	for name, protocols := range protocolsByName() {
		for _, cause := range []string{"SIGTERM", "context"} {
			t.Run(name+" "+cause, func(t *testing.T) {
				s := startStreamService(t, protocols, draining, WithGracePeriod(time.Hour), WithDrainDelay(100*time.Millisecond))
				if cause == "SIGTERM" {
					terminate(t)
				} else {
					s.cancelServe()
				}
				if err := awaitResult(t, s.result); err != nil {
					t.Errorf("got %v, want a clean stop", err)
				}
				body, err := io.ReadAll(s.events)
				if err != nil || !strings.HasSuffix(string(body), "data: last\n\n") {
					t.Errorf("got %q and %v, want the last event and an answer that is complete", body, err)
				}
				if s.receiver.span("stream") == nil {
					t.Error("the stream's span did not arrive")
				}
			})
		}
	}
}

// TestStreamThatIgnoresDrainingDelaysShutdown proves that a stream that does not watch
// Draining delays the shutdown until Serve closes the stream's connection, which it does
// when the time for requests is over. The span of the stream is still exported.
func TestStreamThatIgnoresDrainingDelaysShutdown(t *testing.T) {
	noEnd := func(*Telemetry) <-chan struct{} { return nil }
	for name, protocols := range protocolsByName() {
		t.Run(name, func(t *testing.T) {
			s := startStreamService(t, protocols, noEnd, WithGracePeriod(6*time.Second), WithShutdownTimeout(3*time.Second))
			s.cancelServe()
			err := awaitResult(t, s.result)
			const want = "requests are still in progress: not finished 3s before the end of the grace period of 6s"
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
			if errors.Is(err, ErrLost) {
				t.Errorf("got %v, want nothing about telemetry", err)
			}
			if _, err := io.ReadAll(s.events); err == nil {
				t.Error("the client got a complete answer, want a connection that was closed")
			}
			if s.receiver.span("stream") == nil {
				t.Error("the stream's span did not arrive")
			}
		})
	}
}
