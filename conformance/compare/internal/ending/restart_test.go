package ending

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// clients send POST requests all the time, each over its own keep-alive connection. Their
// load balancer sends new connections to the service at target.
type clients struct {
	target      atomic.Pointer[string] // address of the service
	stop        context.CancelFunc
	group       sync.WaitGroup // the running clients
	requests    atomic.Int64
	failures    atomic.Int64
	lastFailure atomic.Pointer[string] // message of the last failure
}

// newClients starts n clients, which at first connect to the address target.
func newClients(t *testing.T, n int, target string) *clients {
	t.Helper()
	c := new(clients)
	c.target.Store(&target)
	var ctx context.Context
	ctx, c.stop = context.WithCancel(t.Context())
	for range n {
		// Each client has its own transport, whose connection is always in use. The
		// connection is therefore closed by a response during the drain. A connection in
		// a shared transport might stay idle until the service ends, and then fail a
		// request.
		transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, *c.target.Load())
		}}
		c.group.Go(func() {
			defer transport.CloseIdleConnections()
			for ctx.Err() == nil {
				c.post(transport)
			}
		})
	}
	return c
}

// post sends one request and counts it. If the request fails, post counts the failure.
func (c *clients) post(transport *http.Transport) {
	c.requests.Add(1)
	client := &http.Client{Transport: transport}
	response, err := client.Post("http://service.test/order", "text/plain", strings.NewReader("1 pear"))
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	problem := ""
	switch {
	case err != nil:
		problem = err.Error()
	case response.StatusCode != http.StatusOK:
		problem = response.Status
	default:
		return
	}
	c.failures.Add(1)
	c.lastFailure.Store(&problem)
}

// waitUntilAnswered waits until the service s has answered n requests.
func (c *clients) waitUntilAnswered(t *testing.T, s *service, n uint64) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	over := time.After(20 * time.Second)
	for s.tel.Stats().Traces.Ended < n {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("the clients have sent %d requests, and %d to %s", c.requests.Load(), s.tel.Stats().Traces.Ended, s.addr)
		}
	}
}

// drainDelay is the drain delay that the documentation recommends.
const drainDelay = 5 * time.Second

// TestRollingRestartsFailNoRequest checks that no request fails if a service is restarted
// ten times under load over keep-alive connections. As in a deployment, the next process
// starts while the previous one drains.
func TestRollingRestartsFailNoRequest(t *testing.T) {
	for _, framework := range frameworks {
		t.Run(framework.name, func(t *testing.T) { testRestarts(t, framework.newServer) })
	}
}

// testRestarts restarts the service of one framework, and checks that no request fails.
func testRestarts(t *testing.T, newServer func(*core.Telemetry, string) core.Server) {
	t.Helper()
	// other is the service that the load balancer selects before and after the restarts.
	// It closes its connections while closesConnections is set.
	var closesConnections atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if closesConnections.Load() {
			w.Header().Set("Connection", "close")
		}
	}))
	defer other.Close()
	otherAddr := other.Listener.Addr().String()
	collector := otlptest.Start(t)
	all := newClients(t, 40, otherAddr)
	var services []*service
	for range 10 {
		s := startService(t, newServer, collector, core.WithDrainDelay(drainDelay))
		services = append(services, s)
		all.target.Store(&s.addr)
		closesConnections.Store(true)
		all.waitUntilAnswered(t, s, 100)
		s.stop()
		<-s.tel.Draining()
	}
	// The load balancer selects the other service again.
	closesConnections.Store(false)
	all.target.Store(&otherAddr)
	for _, s := range services {
		if err := s.waitForServeReturn(t); err != nil {
			t.Error(err)
		}
	}
	all.stop()
	all.group.Wait()
	if failed := all.failures.Load(); failed > 0 {
		t.Errorf("%d of %d requests failed, the last with %s", failed, all.requests.Load(), *all.lastFailure.Load())
	}
}
