package flush

import (
	"context"
	"fmt"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// recoveryTimeout limits the time until spans arrive again.
const recoveryTimeout = 20 * time.Second

// checkRecovery checks that exports resume after the collector is replaced by a new one,
// and after the connection to the collector freezes.
func checkRecovery(p *probe.Probe) {
	const away = time.Second
	p.Settle()
	addr := p.CloseReceiver()
	exchanges, _ := p.Together(20, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
	p.Answered(exchanges, 200)
	p.Within(away, func() bool { return false })
	listenAgain(p, "start a collector at the address of the previous one", func() error { return p.ReopenReceiver(addr) })
	awaitRecovery(p, "after a new collector was started")
	ctx, cancel := context.WithTimeout(p.Context(), recoveryTimeout)
	defer cancel()
	_ = p.Receiver().Wait(ctx, func(s otlptest.Snapshot) bool {
		arrived := countServerSpans(s)
		for i := range exchanges {
			if arrived[exchanges[i].TraceID] == 0 {
				return false
			}
		}
		return true
	})
	checkArrivedOnce(p, exchanges, "process_item_logic")

	// The proxy is created before the receiver it forwards to, so its first target is an
	// address on which no server listens.
	proxy, err := faultnet.NewProxy("127.0.0.1:1")
	if err != nil {
		p.Cannot("%w", err)
	}
	p.Cleanup(func() { _ = proxy.Close() })
	p.With([]string{shortExportTimeout, "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + proxy.Addr()}, func() {
		proxy.Retarget(p.Receiver().Addr())
		p.Settle()
		proxy.Freeze()
		awaitRecovery(p, "after the connection to the collector froze")
	})
}

// awaitRecovery sends requests until the spans of one of them arrive. On a busy machine,
// these may be the spans of an earlier request than the last. It records a problem if no
// spans arrive within recoveryTimeout. when is a part of the problem's text, such as "after
// the connection to the collector froze".
func awaitRecovery(p *probe.Probe, when string) {
	ctx, cancel := context.WithTimeout(p.Context(), recoveryTimeout)
	defer cancel()
	sent := make(map[string]bool) // the trace ids of the requests
	for ctx.Err() == nil {
		sent[p.Send(wire.Get("/process/"+p.Unique())).TraceID] = true
		attempt, done := context.WithTimeout(ctx, 200*time.Millisecond)
		err := p.Receiver().Wait(attempt, func(s otlptest.Snapshot) bool { return hasCompleteTrace(s, sent) })
		done()
		if err == nil {
			return
		}
	}
	p.Problem("spans "+when, fmt.Sprintf("none within %v", recoveryTimeout), "the spans of a request")
}

// hasCompleteTrace reports whether both spans of a request for /process/{item_id} have
// arrived in one of the traces. The keys of traces are the ids of the traces.
func hasCompleteTrace(s otlptest.Snapshot, traces map[string]bool) bool {
	arrived := make(map[string]int)
	for _, span := range s.Spans() {
		id := span.TraceID()
		arrived[id]++
		if traces[id] && arrived[id] == 2 {
			return true
		}
	}
	return false
}
