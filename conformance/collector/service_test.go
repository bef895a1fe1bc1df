package collector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// burstClients is the number of concurrent clients in a burst.
const burstClients = 8

// service is a process that exports to a Collector.
type service struct {
	process conformance.Service
	url     string
	client  http.Client
}

// startService starts a service that exports to c, and returns when the service accepts
// connections. The service is killed when the test ends.
func startService(t *testing.T, c *collector, starter conformance.Starter, env ...string) *service {
	t.Helper()
	address := backendtest.FreeAddress(t)
	process := backendtest.Start(t, "the service", starter, address, append(append(c.transport.env(c.address),
		"OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=200"), env...)...)
	return &service{process: process, url: "http://" + address, client: http.Client{Transport: new(http.Transport)}}
}

// stop stops the service with SIGTERM, and returns its error.
func (s *service) stop(t *testing.T) error {
	t.Helper()
	// Close the connections that Go's client has opened but not used yet. At shutdown, the
	// service would wait for their first request: 5 seconds with net/http, longer with Fiber.
	s.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), backendtest.Patience)
	defer cancel()
	return s.process.Stop(ctx)
}

// request is a request to a service, with the expected status.
type request struct {
	method, path string
	// traceparent is the caller's traceparent, or "".
	traceparent string
	wantStatus  int
}

// do sends a request and returns the body of the response. It returns an error if the
// response does not have the expected status.
func (s *service) do(ctx context.Context, r request) ([]byte, error) {
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, s.url+r.path, http.NoBody)
	if err != nil {
		return nil, err
	}
	if r.traceparent != "" {
		httpRequest.Header.Set("Traceparent", r.traceparent)
	}
	response, err := s.client.Do(httpRequest)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != r.wantStatus {
		err = fmt.Errorf("%s %s: got status %d, want %d", r.method, r.path, response.StatusCode, r.wantStatus)
	}
	return body, err
}

// burst sends n requests with several concurrent clients, and returns after the last
// response. The i-th request is the result of request(i).
func (s *service) burst(t *testing.T, n int, request func(i int) request) {
	t.Helper()
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var group sync.WaitGroup
	for range burstClients {
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
