package soak

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/otlptest"
)

// drainInterval is the interval at which the collector calls sink with the received spans. A
// short interval keeps the number of stored spans small.
const drainInterval = 50 * time.Millisecond

// collector is a receiver that can be stopped and restarted at the same address. It calls
// sink with the received spans instead of storing them.
type collector struct {
	addr string
	env  []string              // variables of a service that exports to the collector
	sink func([]otlptest.Span) // is called with the received spans

	mu      sync.Mutex
	server  *otlptest.Server  // nil while stopped
	options []otlptest.Option // options of the next server, except the address
	// stopServer calls cancelRunning, which cancels runningCtx. The end of runningCtx cancels
	// the HTTP requests in progress.
	runningCtx      context.Context
	cancelRunning   context.CancelFunc
	runningRequests sync.WaitGroup // HTTP requests in progress
	closeOnce       sync.Once
	stopRun         chan struct{} // closed to stop run
	runEnded        chan struct{} // closed when run has returned
}

// newCollector starts a collector that calls sink with the received spans.
func newCollector(sink func([]otlptest.Span)) (*collector, error) {
	addr, err := conformance.FreeAddress() // other programs do not get its port while the collector is stopped
	if err != nil {
		return nil, err
	}
	server, err := otlptest.NewServer(otlptest.WithAddr(addr))
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	c := &collector{
		addr: server.Addr(), env: server.Env(), sink: sink,
		server: server, stopRun: make(chan struct{}), runEnded: make(chan struct{}),
	}
	c.runningCtx, c.cancelRunning = context.WithCancel(context.Background())
	go c.run()
	return c, nil
}

// run calls drain at intervals until stopRun is closed.
func (c *collector) run() {
	defer close(c.runEnded)
	tick := time.NewTicker(drainInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.drain()
		case <-c.stopRun:
			return
		}
	}
}

// drain calls sink with the spans that were received since the last call.
func (c *collector) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server != nil {
		c.sink(c.server.Take().Spans())
	}
}

// ServeHTTP receives exports over http/protobuf. While the collector is stopped, it closes
// the connection without a response.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	server, running := c.server, c.runningCtx
	if server == nil {
		c.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	c.runningRequests.Add(1)
	c.mu.Unlock()
	defer c.runningRequests.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stop := context.AfterFunc(running, cancel)
	defer stop()
	server.ServeHTTP(w, r.WithContext(ctx))
}

// setFault makes the collector respond with the fault, or work again if fault is nil. The
// collector must be running.
func (c *collector) setFault(fault otlptest.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server.SetResponse(fault)
}

// stopServer stops the collector, so that connections are refused.
func (c *collector) stopServer() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return nil
	}
	c.cancelRunning()
	c.runningRequests.Wait()
	err := c.server.Close()
	c.sink(c.server.Take().Spans())
	c.server = nil
	return err
}

// restart starts the collector again at the same address.
func (c *collector) restart(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server != nil {
		return nil
	}
	// Retry, because listening fails while the system uses the port for an outgoing
	// connection.
	err := retryWithin(ctx, 10*time.Second, func() (err error) {
		c.server, err = otlptest.NewServer(append([]otlptest.Option{otlptest.WithAddr(c.addr)}, c.options...)...)
		return err
	})
	if err != nil {
		c.server = nil
		return err
	}
	c.runningCtx, c.cancelRunning = context.WithCancel(context.Background())
	return nil
}

// close stops the collector and calls sink with the remaining received spans. A second call
// does nothing.
func (c *collector) close() error {
	c.closeOnce.Do(func() { close(c.stopRun) })
	<-c.runEnded
	return c.stopServer()
}

// retryWithin calls try until it succeeds or limit has passed.
func retryWithin(ctx context.Context, limit time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// pause waits for d. It returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// restartWithTLS restarts the collector with TLS, which option configures.
func (c *collector) restartWithTLS(option otlptest.Option) error {
	if err := c.stopServer(); err != nil {
		return err
	}
	c.mu.Lock()
	c.options = []otlptest.Option{option}
	c.mu.Unlock()
	return c.restart(context.Background())
}
