package flush

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// exportOnlyAtShutdown sets export intervals so long that telemetry arrives only if the
// service flushes when it stops.
var exportOnlyAtShutdown = []string{"OTEL_BSP_SCHEDULE_DELAY=60000", "OTEL_METRIC_EXPORT_INTERVAL=60000"}

// Checks returns the checks of the area "flush": no telemetry is lost when a service shuts
// down or the collector fails.
func Checks() []check.Check {
	checks := []check.Check{
		{
			ID:     "flush/end",
			Level:  check.Choice,
			Rule:   "After an orderly shutdown, everything has arrived: the spans of the last requests and the last values of the metrics.",
			Source: "FastAPI guide",
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run: func(p *probe.Probe) {
				const requests = 20
				exchanges, _ := p.Together(requests, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
				p.Answered(exchanges, 200)
				// Other errors are ignored. Checks that need the capability "lifecycle" check
				// the exit status.
				p.NeedsSignals(p.Stop())
				checkArrivedOnce(p, exchanges, "process_item_logic")
				if !p.Measures() {
					return
				}
				counts := probe.CountsOfProcessed(p.Receiver().Snapshot())
				p.True(len(counts) > 0 && counts[len(counts)-1] == requests, "received values of "+contract.ProcessedMetric, probe.Show(counts),
					"a last value of "+probe.Show(requests))
			},
		},
		{
			ID:    "flush/sigterm",
			Level: check.Choice,
			Rule: "SIGTERM right after 200 responses loses nothing: their 200 server spans and 200 child spans arrive. The service exits with status 0 or 143, or the " +
				"signal ends it.",
			Source: "FastAPI guide",
			Needs:  []contract.Capability{contract.Lifecycle, contract.Process},
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run: func(p *probe.Probe) {
				exchanges, _ := p.Together(200, 8, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
				p.Answered(exchanges, 200)
				stopCleanly(p)
				checkArrivedOnce(p, exchanges, "process_item_logic")
			},
		},
		{
			ID:     "flush/in-flight",
			Level:  check.Choice,
			Rule:   "Requests in progress at SIGTERM are completed, and their spans arrive.",
			Source: "FastAPI guide",
			Needs:  []contract.Capability{contract.Lifecycle},
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run:    checkRequestsInFlight,
		},
		{
			ID:     "flush/background",
			Level:  check.Choice,
			Rule:   "The shutdown waits for background tasks that are running at SIGTERM, and their spans arrive.",
			Source: "FastAPI guide",
			Needs:  []contract.Capability{contract.Lifecycle, contract.Background},
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run: func(p *probe.Probe) {
				exchanges, _ := p.Together(20, 20, func(int) wire.Request { return wire.Get("/background") })
				p.Answered(exchanges, 202)
				stopCleanly(p)
				checkArrivedOnce(p, exchanges, "")
				p.Equal("received spans background_work", len(p.Receiver().Snapshot().SpansNamed("background_work")), len(exchanges))
			},
		},
		{
			ID:     "flush/cancelled",
			Level:  check.Choice,
			Rule:   "A shutdown with a canceled context still exports everything, within its own time limit.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Lifecycle},
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run: func(p *probe.Probe) {
				exchanges, _ := p.Together(50, 8, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
				p.Answered(exchanges, 200)
				awaitEarlierSpans(p)
				answer := callLifecycle(p, "shutdown-cancelled")
				checkNoErrors(p, "shutdown", answer.Shutdown, 1)
				checkArrivedOnce(p, awaitSpans(p, exchanges), "process_item_logic")
				stopCleanly(p)
			},
		},
		{
			ID:     "flush/idempotent",
			Level:  check.Choice,
			Rule:   "Eight concurrent shutdowns and eight flushes act as one: each returns the same result, and every span arrives once.",
			Source: `bug reports of other instrumentations; the OpenTelemetry specification, Trace SDK, "Concurrency requirements", requires only that such calls are safe`,
			Needs:  []contract.Capability{contract.Lifecycle},
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run: func(p *probe.Probe) {
				exchanges, _ := p.Together(50, 8, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
				p.Answered(exchanges, 200)
				awaitEarlierSpans(p)
				answer := callLifecycle(p, "eight-times")
				checkNoErrors(p, "shutdown", answer.Shutdown, 8)
				checkNoErrors(p, "flush", answer.Flush, 8)
				checkArrivedOnce(p, awaitSpans(p, exchanges), "process_item_logic")
				stopCleanly(p)
			},
		},
		{
			ID:     "flush/after",
			Level:  check.Choice,
			Rule:   "Requests after the shutdown of the telemetry are answered as usual.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Lifecycle},
			Own:    true,
			Run: func(p *probe.Probe) {
				shapes := []wire.Request{
					wire.Get("/process/1"), wire.Get("/status/418"), wire.Get("/fail/503"), wire.Get("/panic"), wire.Get("/stream"), wire.Get("/file"),
					wire.Get("/healthz"), wire.Get("/nothing"), wire.Post("/relay", "[]"),
				}
				before := make([]wire.Response, len(shapes))
				bodyVaries := make([]bool, len(shapes)) // for example an error page with the time
				for i, r := range shapes {
					before[i] = p.Send(r).Response
				}
				p.NextSecond()
				for i, r := range shapes {
					bodyVaries[i] = p.Send(r).Response.Body != before[i].Body
				}
				callLifecycle(p, "shutdown")
				for i, r := range shapes {
					after := p.Send(r).Response
					if bodyVaries[i] {
						after.Body = before[i].Body
					}
					p.SameAnswer(r.Method+" "+r.Target+" after the shutdown", after, before[i])
				}
			},
		},
	}
	return slices.Concat(checks, serverChecks(), faultChecks(), answerChecks())
}

// checkRequestsInFlight stops a service that has up to 50 requests in progress. It lets the
// requests finish when the service no longer accepts connections.
func checkRequestsInFlight(p *probe.Probe) {
	const most = 50
	called := p.Peer()
	letGo := called.Holds(most)
	defer letGo()
	talks := startRequests(p, called, most)
	stopped := make(chan error, 1)
	go func() { stopped <- p.Stop() }()
	awaitRefusal(p)
	letGo()
	exchanges := make([]probe.Exchange, len(talks))
	for i, t := range talks {
		t.Whole()
		p.Keep(&t.Exchange)
		exchanges[i] = t.Exchange
	}
	checkCleanEnd(p, <-stopped)
	p.Answered(exchanges, 200)
	checkArrivedOnce(p, exchanges, "")
}

// startRequests sends up to most requests, one after the other, whose handlers call the peer
// and wait there. It sends no more when a handler does not start: a server with a pool of
// threads has fewer requests in progress at the same time, and lets the others wait.
func startRequests(p *probe.Probe, called *probe.Peer, most int) (talks []*probe.Talk) {
	for len(talks) < most {
		limit := probe.Lateness
		if len(talks) == 0 {
			limit = service.StartTime // the first request must start
		}
		t := p.Talk(wire.Post("/relay", called.Relay("/held")))
		if !awaitHeld(p, called, limit) {
			_ = t.Conn.Close()
			break
		}
		talks = append(talks, t)
	}
	if len(talks) == 0 {
		p.Cannot("the service made no outgoing call for POST /relay within %v%s", service.StartTime, p.Details())
	}
	return talks
}

// awaitHeld waits until the peer holds one more request. It reports false if that does not happen
// within limit.
func awaitHeld(p *probe.Probe, called *probe.Peer, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(p.Context(), limit)
	defer cancel()
	select {
	case <-called.Held:
		return true
	case <-ctx.Done():
		return false
	}
}

// awaitRefusal waits until the service no longer accepts connections, or a time limit has
// passed.
func awaitRefusal(p *probe.Probe) {
	p.Within(probe.Lateness, func() bool {
		conn, err := wire.Dial(p.Context(), p.Address())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// awaitEarlierSpans waits until the spans of earlier requests have ended, since a span
// may end shortly after its response. Instead of sleeping, it sends requests that are
// excluded and so have no spans.
func awaitEarlierSpans(p *probe.Probe) {
	const requests = 30
	for range requests {
		if r, err := wire.Send(p.Context(), p.Address(), wire.Get("/healthz")); err != nil || r.Status != 200 {
			p.Cannot("the response to GET /healthz violates CONTRACT.md: got %s%s, want 200%s", r, probe.Because(err), p.Details())
		}
	}
}

// lifecycleErrors is the response of POST /lifecycle/{action}: the error text of each
// call, "" if the call succeeded.
type lifecycleErrors struct {
	Shutdown []string `json:"shutdown"`
	Flush    []string `json:"flush"`
}

// callLifecycle makes the service flush or shut down its telemetry while it continues to
// serve.
func callLifecycle(p *probe.Probe, action string) (answer lifecycleErrors) {
	x := p.Send(wire.Request{Method: "POST", Target: "/lifecycle/" + action})
	p.AnswerJSON(x, &answer)
	return answer
}

// checkNoErrors records a problem unless errors has one empty text for each of the calls. what
// is the name of the function.
func checkNoErrors(p *probe.Probe, what string, errors []string, calls int) {
	failed := slices.DeleteFunc(slices.Clone(errors), func(text string) bool { return text == "" })
	p.True(len(errors) == calls && len(failed) == 0, "calls of "+what,
		fmt.Sprintf("%d, of which %d returned an error: %q", len(errors), len(failed), failed), fmt.Sprintf("%d without an error", calls))
}

// stopCleanly stops the service with SIGTERM, and records a problem if the service does
// not end cleanly and in time.
func stopCleanly(p *probe.Probe) {
	checkCleanEnd(p, p.Stop())
}

// checkCleanEnd records a problem if the service has not ended cleanly and in time: err,
// the error of stopping it, is not nil.
func checkCleanEnd(p *probe.Probe, err error) {
	p.NeedsSignals(err)
	p.True(err == nil, "exit of the service", probe.Show(fmt.Sprint(err))+p.Details(), "an exit without an error within "+service.StopTime.String())
}

// awaitSpans waits until the server span of each exchange has arrived, or for two seconds, and
// returns exchanges. It is for use after a shutdown, when marker requests cannot be sent.
func awaitSpans(p *probe.Probe, exchanges []probe.Exchange) []probe.Exchange {
	ctx, cancel := context.WithTimeout(p.Context(), 2*time.Second)
	defer cancel()
	_ = p.Receiver().Wait(ctx, func(s otlptest.Snapshot) bool {
		arrived := countServerSpans(s)
		return !slices.ContainsFunc(exchanges, func(x probe.Exchange) bool { return arrived[x.TraceID] == 0 })
	})
	return exchanges
}

// countServerSpans returns the number of server spans in each trace, by trace id.
func countServerSpans(s otlptest.Snapshot) map[string]int {
	counts := make(map[string]int)
	for _, span := range s.Spans() {
		if span.Kind() == otlptest.KindServer {
			counts[span.TraceID()]++
		}
	}
	return counts
}

// checkArrivedOnce records a problem unless the server span of each exchange has arrived
// exactly once. If child is not "", a child span with that name must also have arrived
// exactly once.
func checkArrivedOnce(p *probe.Probe, exchanges []probe.Exchange, child string) {
	snapshot := p.Receiver().Snapshot()
	serverSpans := countServerSpans(snapshot)
	childSpans := make(map[string]int)
	for _, span := range snapshot.SpansNamed(child) {
		childSpans[span.TraceID()]++
	}
	missing, missingChildren, twice := 0, 0, 0
	for i := range exchanges {
		id := exchanges[i].TraceID
		if serverSpans[id] == 0 {
			missing++
		}
		if child != "" && childSpans[id] == 0 {
			missingChildren++
		}
		if serverSpans[id] > 1 || childSpans[id] > 1 {
			twice++
		}
	}
	p.Equal("requests whose server span was not received, of "+probe.Show(len(exchanges)), missing, 0)
	p.Equal("requests whose span "+child+" was not received, of "+probe.Show(len(exchanges)), missingChildren, 0)
	p.Equal("requests whose spans were received more than once", twice, 0)
}
