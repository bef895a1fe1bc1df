package soak

import (
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// Values of collectorFault.expectedLoss, for the spans that end while a collector fails.
const (
	allDelivered = "delivered" // all are delivered by retries
	allLost      = "lost"      // all are lost, and counted
	someLost     = "partly"    // some are lost, and counted
)

// timeoutErrorText is a part of the error of an export that has timed out. The other part
// depends on whether gRPC or the exporter timed out first.
const timeoutErrorText = "no response in time"

// collectorFault is a case of TestCollectorFaults: a way in which a collector fails, with the
// expected loss of spans.
type collectorFault struct {
	name string
	// prepareEnv, if not nil, prepares the collector and returns environment variables of
	// the service.
	prepareEnv func(t *testing.T, c *collector) []string
	// inject makes the collector fail, and repair makes it work again. Both are nil if the
	// collector never works.
	inject, repair func(t *testing.T, c *collector)
	expectedLoss   string // allDelivered, allLost or someLost
	// errorText is part of the error that the service returns at its end.
	errorText string
}

// respondingFault returns the fault of a collector that accepts connections and responds
// with response.
func respondingFault(name string, response otlptest.Response, expectedLoss, errorText string) collectorFault {
	return collectorFault{
		name:         name,
		inject:       func(_ *testing.T, c *collector) { c.setFault(response) },
		repair:       func(_ *testing.T, c *collector) { c.setFault(nil) },
		expectedLoss: expectedLoss, errorText: errorText,
	}
}

// firstExportsFault returns the fault of a collector that responds with response to the
// first n exports of spans, and then works.
func firstExportsFault(name string, n int64, response otlptest.Response) collectorFault {
	return collectorFault{
		name:         name,
		inject:       func(_ *testing.T, c *collector) { c.setFault(otlptest.OnlyTraces(otlptest.First(n, response))) },
		repair:       func(_ *testing.T, c *collector) { c.setFault(nil) },
		expectedLoss: allDelivered,
	}
}

// collectorFaults returns the faults that TestCollectorFaults injects.
func collectorFaults() []collectorFault {
	return []collectorFault{
		{
			name: "refused", inject: stopCollector, repair: restartCollector, expectedLoss: allLost, errorText: "refused",
		},
		{
			name: "restart at the same port", expectedLoss: allDelivered, repair: restartCollector,
			inject: func(t *testing.T, c *collector) {
				stopCollector(t, c)
				restart := time.AfterFunc(700*time.Millisecond, func() {
					if err := c.restart(context.Background()); err != nil {
						t.Error(err)
					}
				})
				t.Cleanup(func() { restart.Stop() })
			},
		},
		blackHoleFault(),
		frozenConnectionFault(),
		respondingFault("no answer", otlptest.BlackHole, allLost, timeoutErrorText),
		respondingFault("slow", otlptest.Slow(400*time.Millisecond), allDelivered, ""),
		respondingFault("too slow", otlptest.Slow(time.Minute), allLost, timeoutErrorText),
		respondingFault("reset in the middle of each batch", otlptest.Cut, allLost, "navailable"),
		firstExportsFault("reset in the middle of a batch", 1, otlptest.Cut),
		firstExportsFault("answer lost", 1, otlptest.LoseAnswer),
		respondingFault("unavailable", otlptest.Fail(codes.Unavailable), allLost, "navailable"),
		firstExportsFault("unavailable, then well", 1, otlptest.Fail(codes.Unavailable)),
		respondingFault("resource exhausted", otlptest.Fail(codes.ResourceExhausted), allLost, "otlptest is configured to fail with ResourceExhausted"),
		respondingFault("throttled", otlptest.Throttle(100*time.Millisecond), allLost, "otlptest throttles"),
		firstExportsFault("throttled, then well", 2, otlptest.Throttle(100*time.Millisecond)),
		respondingFault("permission denied", otlptest.Fail(codes.PermissionDenied), allLost, "otlptest is configured to fail with PermissionDenied"),
		respondingFault("partial success", otlptest.RejectPart(7, "seven are too many"), someLost, "seven are too many"),
		respondingFault("warning", otlptest.RejectPart(0, "you had better not"), allDelivered, ""),
		badCertificateFault("certificate of somebody unknown", "unknown authority", func(t *testing.T, _ authority) tls.Certificate {
			return newAuthority(t).issue(t, time.Now().Add(time.Hour))
		}),
		badCertificateFault("certificate that has expired", "expired", func(t *testing.T, trusted authority) tls.Certificate {
			return trusted.issue(t, time.Now().Add(-time.Minute))
		}),
		{
			name: "no such host", expectedLoss: allLost, errorText: "collector.invalid",
			prepareEnv: func(*testing.T, *collector) []string {
				return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.invalid:4317"}
			},
		},
	}
}

// stopCollector stops the collector, so that connections are refused.
func stopCollector(t *testing.T, c *collector) {
	if err := c.stopServer(); err != nil {
		t.Error(err)
	}
}

// restartCollector starts the collector again if it is stopped, and ends its fault.
func restartCollector(t *testing.T, c *collector) {
	if err := c.restart(t.Context()); err != nil {
		t.Error(err)
	}
	c.setFault(nil)
}

// frozenConnectionFault returns the fault of a connection that stays open, but on which no
// data passes, as when a load balancer has lost its state. New connections work, so the
// exporter recovers without a repair. The function repair freezes the next connection, to
// test the recovery once more.
func frozenConnectionFault() collectorFault {
	var proxy *faultnet.Proxy
	freeze := func(*testing.T, *collector) { proxy.Freeze() }
	return collectorFault{
		name: "frozen connection", expectedLoss: allDelivered, inject: freeze, repair: freeze,
		prepareEnv: func(t *testing.T, c *collector) []string {
			proxy = startProxy(t, c)
			return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + proxy.Addr(), "OTEL_EXPORTER_OTLP_TIMEOUT=500"}
		},
	}
}

// blackHoleFault returns the fault of a collector that accepts connections and never
// responds. The existing connection is reset.
func blackHoleFault() collectorFault {
	var proxy *faultnet.Proxy
	set := func(on bool) func(*testing.T, *collector) {
		return func(*testing.T, *collector) {
			proxy.Blackhole(on)
			proxy.Reset()
		}
	}
	return collectorFault{
		name: "black hole", expectedLoss: allLost, errorText: timeoutErrorText, inject: set(true), repair: set(false),
		prepareEnv: func(t *testing.T, c *collector) []string {
			proxy = startProxy(t, c)
			return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + proxy.Addr()}
		},
	}
}

// startProxy starts a proxy in front of the collector.
func startProxy(t *testing.T, c *collector) *faultnet.Proxy {
	t.Helper()
	proxy, err := faultnet.NewProxy(c.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return proxy
}

// TestCollectorFaults checks that spans survive each fault of a collector, or are counted
// as lost. It sends requests while the collector fails, lets the collector recover, and
// stops the service while the collector fails again.
func TestCollectorFaults(t *testing.T) {
	for i, fault := range collectorFaults() {
		// Use each service in turn: faults affect only the lifecycle, which all four
		// share.
		name := subject.Chain[i%len(subject.Chain)].Name
		t.Run(fault.name+" under "+name, func(t *testing.T) {
			t.Parallel()
			env := []string{
				// Spans are exported only when the test flushes and at the end. The error at
				// the end therefore counts only spans that are lost at the end.
				"OTEL_BSP_SCHEDULE_DELAY=60000", "OTEL_METRIC_EXPORT_INTERVAL=60000",
				"OTEL_GO_SHUTDOWN_TIMEOUT=3000", "OTEL_BSP_EXPORT_TIMEOUT=1000", "OTEL_METRIC_EXPORT_TIMEOUT=1000",
			}
			if fault.expectedLoss == allDelivered {
				env = append(env, "OTEL_BSP_EXPORT_TIMEOUT=8000", "OTEL_METRIC_EXPORT_TIMEOUT=8000", "OTEL_GO_SHUTDOWN_TIMEOUT=8000")
			}
			s := newUnstartedService(t, name, env...)
			if fault.prepareEnv != nil {
				s.env = append(s.env, fault.prepareEnv(t, s.collector)...)
			}
			if err := s.start(t.Context()); err != nil {
				t.Fatal(err)
			}
			fault.run(t, s)

			a := finalAccount(s)
			for _, complaint := range a.Complaints {
				t.Error(complaint)
			}
			if a.Answered != a.Requests {
				t.Errorf("%d of %d requests were answered, want all", a.Answered, a.Requests)
			}
			fault.checkAccount(t, a, s.lastExit.Status, s.lastExit.Err)
		})
	}
}

// run sends requests during the fault and repairs it. Then it injects the fault again, sends
// more requests, and stops the service during the fault.
func (f collectorFault) run(t *testing.T, s *testedService) {
	c := &client{addr: s.addr}
	defer c.close()
	if f.inject != nil {
		sendUntilSpanArrives(t, s, c)
		f.inject(t, s.collector)
	}
	sendBurst(t, s, c)
	if _, err := s.waitUntilExported(t.Context()); err != nil {
		t.Errorf("the spans that ended under the fault are neither exported nor lost: %v", err)
	}
	if f.repair != nil {
		f.repair(t, s.collector)
		sendUntilSpanArrives(t, s, c)
		f.inject(t, s.collector)
	}
	sendBurst(t, s, c)
	c.close()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
}

// burstSize is the number of requests during a fault, each with two spans.
const burstSize = 25

// sendBurst sends burstSize requests.
func sendBurst(t *testing.T, s *testedService, c *client) {
	t.Helper()
	for range burstSize {
		s.sendTraced(t.Context(), c, newProcessRequest(s.name))
	}
}

// sendUntilSpanArrives sends requests until a span arrives. This may take several requests,
// since the service must first replace a lost connection.
func sendUntilSpanArrives(t *testing.T, s *testedService, c *client) {
	t.Helper()
	before := s.ledger.countReceived(s.name, "1")
	err := retryWithin(t.Context(), settleLimit, func() error {
		s.sendTraced(t.Context(), c, newProcessRequest(s.name))
		s.sendTraced(t.Context(), c, newFlushRequest(s.name))
		s.collector.drain()
		if s.ledger.countReceived(s.name, "1") == before {
			return errors.New("no span arrives although the collector is well")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// checkAccount checks that the account of the service shows the expected loss. status is the
// exit status of the service, and err is the error that the service has reported, or "".
func (f collectorFault) checkAccount(t *testing.T, account Service, status int, err string) {
	lost := account.Spans.Failed + account.Spans.Dropped
	if f.expectedLoss == allDelivered {
		if lost != 0 || account.Missing != 0 {
			t.Errorf("%d spans counted as lost and %d missing, want none: %+v; %s", lost, account.Missing, account.Spans, err)
		}
	} else {
		number := strconv.FormatUint(lost, 10)
		if !strings.Contains(err, number) || !strings.Contains(err, f.errorText) {
			t.Errorf("got the error %q, want one that names the number %s and %q", err, number, f.errorText)
		}
	}
	if status != 0 {
		t.Errorf("got exit status %d (%s), want 0, whatever became of the telemetry", status, err)
	}
	if f.expectedLoss == allLost && lost < 4*burstSize {
		t.Errorf("%d spans counted as lost, want at least the %d of the fault: %+v", lost, 4*burstSize, account.Spans)
	}
	if f.expectedLoss == someLost && (lost == 0 || account.Arrived == 0) {
		t.Errorf("%d spans counted as lost and %d arrived, want some of both", lost, account.Arrived)
	}
}
