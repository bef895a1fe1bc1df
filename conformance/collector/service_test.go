package collector

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
)

// patience bounds whatever a test waits for.
const patience = 60 * time.Second

// clients is how many send a burst.
const clients = 8

// service is a process that exports to a Collector.
type service struct {
	process conformance.Service
	url     string
	client  http.Client
}

// startService starts a service that exports to c and waits until it accepts
// connections. It is killed when the test ends.
func startService(t *testing.T, c *collector, starter conformance.Starter, env ...string) *service {
	t.Helper()
	address := freeAddress(t)
	process, err := starter.Start(t.Context(), conformance.Launch{Addr: address, Env: append(append(c.transport.env(c.address),
		"OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=200"), env...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Kill()
		if printed := process.Output(); t.Failed() && printed != "" {
			t.Logf("the service has printed:\n%s", printed)
		}
	})
	eventually(t, "the service accepts connections", func() bool {
		select {
		case <-process.Ended():
			t.Fatal("the service has ended before it accepted connections")
		default:
		}
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return &service{process: process, url: "http://" + address, client: http.Client{Transport: new(http.Transport)}}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// stop ends the service as SIGTERM does, and returns how it has ended.
func (s *service) stop(t *testing.T) error {
	t.Helper()
	// Go's client may have opened a connection that it then had no request for.
	// Servers wait for the first one: net/http for 5 seconds, Fiber for longer.
	s.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return s.process.Stop(ctx)
}

// request is one to a service, which must be answered with status.
type request struct {
	method, path string
	// traceparent is the caller's, "" for none.
	traceparent string
	status      int
}

func (s *service) do(ctx context.Context, r request) ([]byte, error) {
	sent, err := http.NewRequestWithContext(ctx, r.method, s.url+r.path, http.NoBody)
	if err != nil {
		return nil, err
	}
	if r.traceparent != "" {
		sent.Header.Set("Traceparent", r.traceparent)
	}
	response, err := s.client.Do(sent)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != r.status {
		err = fmt.Errorf("%s %s: got status %d, want %d", r.method, r.path, response.StatusCode, r.status)
	}
	return body, err
}

// burst sends n requests, from several clients at the same time, and returns
// when all are answered.
func (s *service) burst(t *testing.T, n int, request func(i int) request) {
	t.Helper()
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for i := range next {
				if _, err := s.do(t.Context(), request(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// eventually waits until condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	often := time.NewTicker(5 * time.Millisecond)
	defer often.Stop()
	for !condition() {
		select {
		case <-often.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
