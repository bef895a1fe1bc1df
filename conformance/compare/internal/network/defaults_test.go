//go:build defaults

package network

import (
	"sync"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest/faultnet"
	"github.com/samespan/samespan/core"
)

// sender exports telemetry with default settings to a collector.
type sender struct {
	*testTelemetry
	transport
	proxy      *faultnet.Proxy // in front of the collector, or nil
	id         identity        // certificates of the collector and the client
	collectors []collector     // the collector, and those that replaced it at its address
}

// newSender sets up telemetry with default settings over a transport. If withProxy is set,
// there is a proxy in front of the collector.
func newSender(t *testing.T, tr transport, withProxy bool) *sender {
	t.Helper()
	s := &sender{transport: tr, id: newIdentity(t, t.TempDir())}
	c := startCollector(t, tr.protocol, "127.0.0.1:0", s.id.serverTLSConfigFor(tr))
	s.collectors = []collector{c}
	address := c.address
	if withProxy {
		s.proxy = startProxyTo(t, c)
		address = s.proxy.Addr()
	}
	variables := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": tr.scheme() + address, "OTEL_EXPORTER_OTLP_PROTOCOL": tr.protocol}
	if tr.usesTLS {
		variables["OTEL_EXPORTER_OTLP_CERTIFICATE"] = s.id.files.Authority
	}
	s.testTelemetry = setUp(t, variables, core.WithShutdownTimeout(5*time.Second))
	return s
}

// TestDefaultsLoseNothing checks that the default settings lose nothing over any
// transport if connections freeze or collectors stop for 12 s. It sends a span, a log
// record and an increment each second, for a minute. `make defaults` runs it.
func TestDefaultsLoseNothing(t *testing.T) {
	var frozen, unavailable []*sender
	for _, tr := range transports {
		frozen = append(frozen, newSender(t, tr, true))
		unavailable = append(unavailable, newSender(t, tr, false))
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for second := range 60 {
		<-tick.C
		switch second {
		case 10:
			for _, s := range frozen {
				s.proxy.Freeze()
			}
			for _, s := range unavailable {
				s.collectors[0].stop()
			}
		case 22:
			for _, s := range unavailable {
				s.collectors = append(s.collectors, startCollector(t, s.protocol, s.collectors[0].address, s.id.serverTLSConfigFor(s.transport)))
			}
		case 59: // just before the end
			for _, s := range frozen {
				s.proxy.Freeze()
			}
		}
		for _, s := range append(frozen, unavailable...) {
			s.emit(1)
		}
	}
	var group sync.WaitGroup
	for _, s := range append(frozen, unavailable...) {
		group.Go(s.shutdown)
	}
	group.Wait()
	for name, senders := range map[string][]*sender{"frozen twice": frozen, "unavailable for 12 s": unavailable} {
		for _, s := range senders {
			s.checkArrived(s.collectors...)
			stats := s.Stats()
			t.Logf("%s, %s: %d spans ended, %d exported, %d failed, %d dropped; %d log records exported, %d failed; %d exports of metrics failed",
				s.transport, name, stats.Traces.Ended, stats.Traces.Exported, stats.Traces.Failed, stats.Traces.Dropped,
				stats.Logs.Exported, stats.Logs.Failed, stats.Metrics.Failed)
		}
	}
}
