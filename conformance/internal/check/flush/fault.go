package flush

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

const (
	// shortExportTimeout is a variable of the service that makes an export attempt time
	// out soon, but not so soon that it fails on a busy machine.
	shortExportTimeout = "OTEL_EXPORTER_OTLP_TIMEOUT=1000"
	// shortShutdownTimeout is a variable that shortens the shutdown, if the subject knows
	// it. Whether the shutdown is bounded by default is checked by flush/black-hole.
	shortShutdownTimeout = "OTEL_GO_SHUTDOWN_TIMEOUT=1000"
)

// faultChecks returns the checks with a faulty collector.
func faultChecks() []check.Check {
	return []check.Check{
		{
			ID:    "flush/refused",
			Level: check.Choice,
			Rule: "Without a collector, requests are as fast as with one. The service exits within 10 seconds and with its usual status. If it has the capability " +
				"\"loss reports\", it prints how many spans were lost.",
			Source: "FastAPI guide; bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Lifecycle},
			Env:    []string{shortShutdownTimeout},
			Own:    true,
			Run: func(p *probe.Probe) {
				compareResponseTimes(p, func() { p.CloseReceiver() })
			},
		},
		{
			ID:    "flush/black-hole",
			Level: check.Choice,
			Rule: "With a collector that accepts connections and never answers, requests are as fast as usual. The service exits within 10 seconds and with its usual " +
				"status. If it has the capability \"loss reports\", it prints how many spans were lost.",
			Source: "FastAPI guide; bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Lifecycle},
			Own:    true,
			Run:    func(p *probe.Probe) { compareResponseTimes(p, func() { replaceCollectorWithBlackHole(p) }) },
		},
		{
			ID:    "flush/overflow",
			Level: check.Choice,
			Rule: "If the queue is full, spans are dropped, and requests are answered as usual. The service reports the loss a few times, not for each span. If it has " +
				"the capability \"loss reports\", it prints how many spans were lost.",
			Source: "FastAPI guide; OpenTelemetry specification, Trace SDK, Batching processor, which asks only that spans are dropped",
			Needs:  []contract.Capability{contract.Lifecycle},
			// Metrics are off, since failing exports of metrics would be reported too.
			Env: []string{shortShutdownTimeout, "OTEL_BSP_MAX_QUEUE_SIZE=32", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=8", "OTEL_METRICS_EXPORTER=none"},
			Own: true,
			Run: checkQueueOverflow,
		},
		{
			ID:    "flush/recovery",
			Level: check.Choice,
			Rule: "If a collector is unavailable and returns within the time limit of an export, the spans that ended in the meantime arrive, and so do later spans. If a " +
				"connection stops responding but a new one would work, later spans arrive. The service does not have to be restarted.",
			Source: "bug reports of other instrumentations; OTLP specification, \"Failures\" and \"OTLP/HTTP Connection\", which recommend to retry",
			Needs:  []contract.Capability{contract.Lifecycle},
			Own:    true,
			Run:    checkRecovery,
		},
		{
			ID:     "flush/hostile-bytes",
			Level:  check.Choice,
			Rule:   "Invalid UTF-8, in a request or in an attribute that the application sets, does not lose the other spans of the batch.",
			Source: "bug reports of other instrumentations; OTLP specification, whose strings of Protocol Buffers are UTF-8",
			Env:    []string{"OTEL_BSP_SCHEDULE_DELAY=400", "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=x-hostile"},
			Own:    true,
			Run:    checkHostileBytes,
		},
	}
}

// compareResponseTimes compares the response times of a service with a working collector
// with those of the check's service after breakCollector, which makes the check's
// collector fail. Then it stops the check's service.
func compareResponseTimes(p *probe.Probe, breakCollector func()) {
	const requests = 137
	process := func(int) wire.Request { return wire.Get("/process/" + p.Unique()) }
	var healthyTime time.Duration
	var spansPerRequest int
	p.With(nil, func() {
		_, took := p.Together(requests, 4, process)
		healthyTime = timeOfFastest(10, took)
		spansPerRequest = p.SpansPerRequest()
	})
	breakCollector()
	exchanges, took := p.Together(requests, 4, process)
	p.Answered(exchanges, 200)
	faultyTime := timeOfFastest(10, took)
	// The limit is far more than the delays of a busy machine, and far less than any
	// timeout.
	limit := 5*healthyTime + 100*time.Millisecond
	p.True(faultyTime <= limit, "response time of the fastest 10 % of the requests", probe.Show(faultyTime), fmt.Sprintf("at most %v, since it is %v with a working collector", limit, healthyTime))
	stopAndCheckLoss(p, spansPerRequest*requests)
}

// timeOfFastest returns the time that the fastest requests took at most. percent is their
// share. A service that waits for the collector delays the fastest requests too. A busy
// machine delays many requests, and so the median, but rarely all.
func timeOfFastest(percent int, took []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*percent/100]
}

// stopAndCheckLoss stops the service. It checks that the service stops in time, and as
// cleanly as with a working collector. lost is the number of spans that the service has
// lost. If the service has the capability "loss reports", it must report that number.
func stopAndCheckLoss(p *probe.Probe, lost int) {
	err := p.Stop()
	p.NeedsSignals(err)
	select {
	case <-p.Ended():
	default:
		p.Problem("exit of the service", probe.Show(fmt.Sprint(err)), "an exit within "+service.StopTime.String())
		return
	}
	p.True(err == nil, "exit of a service that lost "+probe.Show(lost)+" spans", probe.Show(fmt.Sprint(err)), "no error, as with a working collector")
	checkLossReport(p, lost)
}

// checkLossReport records a problem unless the service has printed how many spans it has lost. It
// does nothing if the service does not have the capability "loss reports".
func checkLossReport(p *probe.Probe, lost int) {
	if !p.Has(contract.LossReports) {
		return
	}
	const maxShown = 2000
	output := p.Output()
	p.True(p.PrintsNumber(lost),
		"last output of a service that lost "+probe.Show(lost)+" spans", fmt.Sprintf("%q", output[max(0, len(output)-maxShown):]), "a line about telemetry with that number")
}

// replaceCollectorWithBlackHole replaces the collector by a listener that never answers.
func replaceCollectorWithBlackHole(p *probe.Probe) {
	addr := p.CloseReceiver()
	var listener net.Listener
	listenAgain(p, "listen in place of the collector", func() (err error) {
		listener, err = net.Listen("tcp", addr)
		return err
	})
	done := make(chan struct{})
	var connections []net.Conn
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections = append(connections, conn)
		}
	}()
	p.Cleanup(func() {
		_ = listener.Close()
		<-done
		for _, conn := range connections {
			conn.Close()
		}
	})
}

// listenAgain calls listen, which listens on an address that was used before, until it
// succeeds. The first calls may fail, since a child process that is being started may
// briefly hold the old listener. what is the beginning of the error if all calls fail.
func listenAgain(p *probe.Probe, what string, listen func() error) {
	var err error
	if !p.Within(service.StopTime, func() bool {
		err = listen()
		return err == nil
	}) {
		p.Cannot("%s: %w", what, err)
	}
}

// checkQueueOverflow fills the queue of a service whose exports never finish. It checks
// that requests stay fast, and that the service reports the lost spans in few lines.
func checkQueueOverflow(p *probe.Probe) {
	const requests = 300
	var spans int
	p.With(nil, func() { spans = p.SpansPerRequest() * requests })
	p.Receiver().SetResponse(func(ctx context.Context, _ otlptest.Signal) error {
		<-ctx.Done()
		return ctx.Err()
	})
	exchanges, took := p.Together(requests, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
	p.Answered(exchanges, 200)
	const limit = 250 * time.Millisecond
	// The queue is empty at first, so not only the fastest 10 %.
	got := timeOfFastest(25, took)
	p.True(got <= limit, "response time of the fastest 25 % of the requests", probe.Show(got), "at most "+limit.String())
	// The checks flush/refused and flush/black-hole report a service that does not exit in time.
	p.NeedsSignals(p.Stop())
	checkLossReport(p, spans)
	const most = 30
	lines := len(p.LinesOfTelemetry())
	p.True(lines <= most, "lines that the service printed about telemetry", probe.Show(lines), fmt.Sprintf("at most %d, for %d dropped spans", most, spans))
}

// hostileRequests returns requests with invalid UTF-8. A server may reject them.
func hostileRequests() []wire.Request {
	const bytes = "\xff\xfe\x80"
	host := wire.Get("/process/1")
	host.Host = "shop" + bytes + ".example"
	return []wire.Request{
		wire.Get("/process/" + bytes), wire.Get("/nothing/" + bytes), wire.Get("/process/1?q=" + bytes), host,
		wire.Get("/process/1", "User-Agent: "+bytes), wire.Get("/process/1", "X-Hostile: "+bytes),
		wire.Get("/process/%FF%FE"), wire.Get("/nothing/%FF"), wire.Get("/process/1?%FF=%FE"),
		wire.Get("/process/1", "X-Forwarded-For: "+bytes), wire.Get("/process/1", "Baggage: a="+bytes), wire.Get("/process/1", "Tracestate: a="+bytes),
		{Method: "F\xff", Target: "/process/1"},
	}
}

// checkHostileBytes sends valid requests between hostile ones, and checks that the spans of
// the valid requests arrive. The responses to the hostile requests are not checked.
func checkHostileBytes(p *probe.Probe) {
	var validExchanges []probe.Exchange
	send := func() { validExchanges = append(validExchanges, p.Send(wire.Get("/process/"+p.Unique()))) }
	send()
	for _, r := range hostileRequests() {
		p.Send(r)
		send()
	}
	p.Answered(validExchanges, 200)
	p.Settle()
	checkArrivedOnce(p, validExchanges, "process_item_logic")
}
