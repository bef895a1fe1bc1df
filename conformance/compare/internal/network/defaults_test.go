//go:build defaults

package network

import (
	"sync"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest/faultnet"
	"github.com/samespan/samespan/core"
)

// sender is telemetry with defaults, and its collectors.
type sender struct {
	*telemetry
	transport
	proxy      *faultnet.Proxy // nil if the collector stops instead
	id         identity
	collectors []collector
}

// newSender sets up telemetry with default settings over a transport.
func newSender(t *testing.T, tr transport, proxied bool) *sender {
	t.Helper()
	s := &sender{transport: tr, id: newIdentity(t, t.TempDir())}
	c := startCollector(t, tr.protocol, "127.0.0.1:0", s.id.serverConfig(tr))
	s.collectors = []collector{c}
	address := c.address
	if proxied {
		s.proxy = startProxyTo(t, c)
		address = s.proxy.Addr()
	}
	variables := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": tr.scheme() + address, "OTEL_EXPORTER_OTLP_PROTOCOL": tr.protocol}
	if tr.secure {
		variables["OTEL_EXPORTER_OTLP_CERTIFICATE"] = s.id.files.Authority
	}
	s.telemetry = setup(t, variables, core.WithShutdownTimeout(5*time.Second))
	return s
}

// TestDefaultsLoseNothing sends a span, a log record and an increment each
// second over every transport, with the defaults. After 10 s the connections of
// some freeze, and the collectors of the others stop for 12 s. It takes a
// minute: make defaults.
func TestDefaultsLoseNothing(t *testing.T) {
	var frozen, away []*sender
	for _, tr := range transports {
		frozen = append(frozen, newSender(t, tr, true))
		away = append(away, newSender(t, tr, false))
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
			for _, s := range away {
				s.collectors[0].stop()
			}
		case 22:
			for _, s := range away {
				s.collectors = append(s.collectors, startCollector(t, s.protocol, s.collectors[0].address, s.id.serverConfig(s.transport)))
			}
		case 59: // just before the end
			for _, s := range frozen {
				s.proxy.Freeze()
			}
		}
		for _, s := range append(frozen, away...) {
			s.emit(1)
		}
	}
	var ends sync.WaitGroup
	for _, s := range append(frozen, away...) {
		ends.Go(s.shutdown)
	}
	ends.Wait()
	for name, senders := range map[string][]*sender{"frozen twice": frozen, "away for 12 s": away} {
		for _, s := range senders {
			s.checkArrived(s.collectors...)
			stats := s.Stats()
			t.Logf("%s, %s: %d spans ended, %d exported, %d failed, %d dropped; %d log records exported, %d failed; %d exports of metrics failed",
				s.transport, name, stats.Traces.Ended, stats.Traces.Exported, stats.Traces.Failed, stats.Traces.Dropped,
				stats.Logs.Exported, stats.Logs.Failed, stats.Metrics.Failed)
		}
	}
}
