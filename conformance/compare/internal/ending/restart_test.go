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

// clients post without a pause over connections that they keep alive, to
// wherever a balancer sends new connections.
type clients struct {
	target    atomic.Pointer[string]
	transport *http.Transport
	stop      context.CancelFunc
	group     sync.WaitGroup
	requests  atomic.Int64
	failed    atomic.Int64
	problem   atomic.Pointer[string]
}

func newClients(t *testing.T, n int, target string) *clients {
	t.Helper()
	c := new(clients)
	c.target.Store(&target)
	c.transport = &http.Transport{
		MaxIdleConnsPerHost: n,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, *c.target.Load())
		},
	}
	var ctx context.Context
	ctx, c.stop = context.WithCancel(t.Context())
	for range n {
		c.group.Go(func() {
			for ctx.Err() == nil {
				c.post()
			}
		})
	}
	return c
}

func (c *clients) post() {
	c.requests.Add(1)
	client := &http.Client{Transport: c.transport}
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
	c.failed.Add(1)
	c.problem.Store(&problem)
}

// use waits until n more requests are done.
func (c *clients) use(t *testing.T, n int64) {
	t.Helper()
	until := c.requests.Load() + n
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	over := time.After(20 * time.Second)
	for c.requests.Load() < until {
		select {
		case <-tick.C:
		case <-over:
			t.Fatal("the clients send no requests")
		}
	}
}

// TestRollingRestartsFailNoRequest restarts a service ten times under clients
// that post over connections that they keep alive.
func TestRollingRestartsFailNoRequest(t *testing.T) {
	for _, framework := range frameworks {
		t.Run(framework.name, func(t *testing.T) {
			other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			defer other.Close()
			otherAddr := other.Listener.Addr().String()
			collector := otlptest.Start(t)
			all := newClients(t, 40, otherAddr)
			var restarts []string
			for range 10 {
				s := start(t, framework.server, collector, core.WithDrainDelay(300*time.Millisecond))
				all.target.Store(&s.addr)
				all.transport.CloseIdleConnections()
				all.use(t, 400)
				s.stop()
				<-s.tel.Draining()
				// A balancer sends new connections elsewhere.
				all.target.Store(&otherAddr)
				if err := s.ended(t); err != nil {
					t.Error(err)
				}
				if stats := s.tel.Stats().Traces; stats.Ended == 0 {
					restarts = append(restarts, s.addr)
				}
			}
			all.stop()
			all.group.Wait()
			all.transport.CloseIdleConnections()
			if len(restarts) > 0 {
				t.Errorf("no request came to %v", restarts)
			}
			if failed := all.failed.Load(); failed > 0 {
				t.Errorf("%d of %d requests failed, the last with %s", failed, all.requests.Load(), *all.problem.Load())
			}
		})
	}
}
