package network

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
	"github.com/samespan/samespan/core"
)

// variablesWithDefaultTimeout is like variablesFor, but keeps the default timeout of an
// export attempt, which is longer than the timeout of a flush in these tests.
func variablesWithDefaultTimeout(tr transport, address string, id identity) map[string]string {
	variables := variablesFor(tr, address, id)
	delete(variables, "OTEL_EXPORTER_OTLP_TIMEOUT")
	return variables
}

// TestFlushReplacesAFrozenConnection checks that a flush and a shutdown export everything
// over new connections if the existing connections are frozen. The flush and the shutdown
// have less time than the timeout of an export attempt.
func TestFlushReplacesAFrozenConnection(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		proxy := startProxyTo(t, c)
		tel := setUp(t, variablesWithDefaultTimeout(tr, proxy.Addr(), id), core.WithShutdownTimeout(2*time.Second))
		tel.emitAndFlush(5)
		proxy.Freeze()
		tel.emitAndFlush(5)
		proxy.Freeze()
		tel.emit(5)
		tel.shutdown()
		tel.checkArrived(c)
	})
}

// TestShutdownDoesNotWaitForAFrozenAttempt checks that a shutdown does not wait for the
// timeout of an export attempt on a frozen connection.
func TestShutdownDoesNotWaitForAFrozenAttempt(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		proxy := startProxyTo(t, c)
		variables := variablesWithDefaultTimeout(tr, proxy.Addr(), id)
		variables["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], variables["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "2", "2"
		tel := setUp(t, variables, core.WithShutdownTimeout(2*time.Second))
		tel.emitAndFlush(5)
		proxy.Freeze()
		before := proxy.Swallowed()
		tel.emit(5)
		waitUntil(t, "an export on the frozen connections", func() bool { return proxy.Swallowed() > before })
		tel.shutdown()
		tel.checkArrived(c)
	})
}

// TestFlushWaitsForASlowCollector checks that a flush does not cancel the attempt if the
// collector takes more than half of the flush's timeout to respond.
func TestFlushWaitsForASlowCollector(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		tel := setUp(t, variablesWithDefaultTimeout(tr, c.address, id), core.WithShutdownTimeout(4*time.Second))
		c.SetResponse(otlptest.Slow(2200 * time.Millisecond))
		tel.emitAndFlush(5)
		tel.emit(5)
		tel.shutdown()
		tel.checkArrived(c)
	})
}

// TestShutdownIntoABlackHoleEndsInTime checks that the flush of a shutdown ends at its
// timeout if the collector never responds.
func TestShutdownIntoABlackHoleEndsInTime(t *testing.T) {
	forEachTransportInTurn(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		c.SetResponse(otlptest.BlackHole)
		tel := setUp(t, variablesWithDefaultTimeout(tr, c.address, id), core.WithShutdownTimeout(time.Second))
		tel.emit(5)
		began := time.Now()
		err := tel.Shutdown(t.Context())
		if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "5 spans lost") || took > 5*time.Second {
			t.Errorf("got %v after %v, want 5 spans lost after a second", err, took)
		}
		if stats := tel.Stats(); stats.Traces.Failed != 5 || stats.Logs.Failed != 5 || stats.Metrics.Points.Failed != 1 {
			t.Errorf("got %+v, want each lost once", stats)
		}
	})
}

// waitUntil waits until condition returns true. After a timeout it fails the test with a
// message that contains event, a description of the condition.
func waitUntil(t *testing.T, event string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	over := time.After(flushTimeout)
	for !condition() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("after %v: want %s", flushTimeout, event)
		}
	}
}

// TestShutdownDoesNotWaitForTheNextAttempt checks that a shutdown exports at once, even if
// an earlier response has requested a retry after a minute.
func TestShutdownDoesNotWaitForTheNextAttempt(t *testing.T) {
	throttled := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		proxy := startProxyTo(t, c)
		requests := func() int { return len(c.Requests()) }
		if tr.protocol == overHTTP {
			counted := &countingHandler{Handler: throttled}
			busy, err := faultnet.Serve("127.0.0.1:0", id.serverTLSConfigFor(tr), counted)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = busy.Close() })
			proxy.Retarget(busy.Addr())
			requests = counted.count
		} else {
			c.SetResponse(otlptest.Throttle(time.Minute))
		}
		variables := variablesFor(tr, proxy.Addr(), id)
		variables["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], variables["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "2", "2"
		variables["OTEL_METRIC_EXPORT_INTERVAL"] = "10"
		variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = "5000"
		tel := setUp(t, variables, core.WithShutdownTimeout(4*time.Second))
		tel.emit(5)
		waitUntil(t, "an attempt for each signal", func() bool { return requests() >= 3 })
		c.SetResponse(nil)
		proxy.Retarget(c.address)
		proxy.Reset()
		tel.shutdown()
		tel.checkArrived(c)
	})
}
