package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// A service that is not due to export before its end has to flush.
var onlyAtTheEnd = []string{"OTEL_BSP_SCHEDULE_DELAY=60000", "OTEL_METRIC_EXPORT_INTERVAL=60000"}

// flushChecks are about nothing being lost.
func flushChecks() []Check {
	checks := []Check{
		{
			ID:     "flush/end",
			Level:  Choice,
			Rule:   "When the service ends in order, what it has not exported yet arrives: the spans of the last requests and the last count of its metrics.",
			Source: "guide",
			Env:    onlyAtTheEnd,
			Own:    true,
			run: func(p *Probe) {
				const requests = 20
				exchanges, _ := p.together(requests, 4, func(int) Request { return Get("/process/" + p.unique()) })
				p.answered(exchanges, 200)
				// How it ends besides is for the checks that need a life cycle.
				_ = p.instance.stop(p.ctx)
				p.arrivedOnce(exchanges, "process_item_logic")
				counts := countsOfProcessed(p.instance.collector.Snapshot())
				p.True(len(counts) > 0 && counts[len(counts)-1] == requests, "counts of "+processedMetric+" that arrived", show(counts),
					"the last with "+show(requests))
			},
		},
		{
			ID:    "flush/sigterm",
			Level: Choice,
			Rule: "SIGTERM right after 200 answers loses nothing: their 200 server spans and 200 children arrive, and the service ends " +
				"as one that was told to: with status 0 or 143, or by the signal.",
			Source: "guide",
			Needs:  []Capability{Lifecycle, Process},
			Env:    onlyAtTheEnd,
			Own:    true,
			run: func(p *Probe) {
				exchanges, _ := p.together(200, 8, func(int) Request { return Get("/process/" + p.unique()) })
				p.answered(exchanges, 200)
				p.ends()
				p.arrivedOnce(exchanges, "process_item_logic")
			},
		},
		{
			ID:     "flush/in-flight",
			Level:  Choice,
			Rule:   "Requests in progress at SIGTERM are answered as usual, and their spans arrive.",
			Source: "guide",
			Needs:  []Capability{Lifecycle},
			Env:    onlyAtTheEnd,
			Own:    true,
			run:    inFlight,
		},
		{
			ID:     "flush/background",
			Level:  Choice,
			Rule:   "Background tasks that are running at SIGTERM are waited for, and their spans arrive.",
			Source: "guide",
			Needs:  []Capability{Lifecycle, Background},
			Env:    onlyAtTheEnd,
			Own:    true,
			run: func(p *Probe) {
				exchanges, _ := p.together(20, 20, func(int) Request { return Get("/background") })
				p.answered(exchanges, 202)
				p.ends()
				p.arrivedOnce(exchanges, "")
				p.Equal("spans background_work that arrived", len(p.instance.collector.Snapshot().SpansNamed("background_work")), len(exchanges))
			},
		},
		{
			ID:     "flush/cancelled",
			Level:  Choice,
			Rule:   "A shutdown whose context has been cancelled already still delivers everything, within its own time.",
			Source: "users of today's packages",
			Needs:  []Capability{Lifecycle},
			Env:    onlyAtTheEnd,
			Own:    true,
			run: func(p *Probe) {
				exchanges, _ := p.together(50, 8, func(int) Request { return Get("/process/" + p.unique()) })
				p.answered(exchanges, 200)
				p.quiet()
				answer := p.lifecycle("shutdown-cancelled")
				p.Equal("errors of the shutdown", answer.Shutdown, []string{""})
				p.arrivedOnce(p.settled(exchanges), "process_item_logic")
				p.ends()
			},
		},
		{
			ID:     "flush/idempotent",
			Level:  Requirement,
			Rule:   "Eight shutdowns and eight flushes at the same time act as one: each gives the same answer, and every span arrives once.",
			Source: "OpenTelemetry specification, Trace SDK, Shutdown and ForceFlush",
			Needs:  []Capability{Lifecycle},
			Env:    onlyAtTheEnd,
			Own:    true,
			run: func(p *Probe) {
				exchanges, _ := p.together(50, 8, func(int) Request { return Get("/process/" + p.unique()) })
				p.answered(exchanges, 200)
				p.quiet()
				answer := p.lifecycle("eight-times")
				p.Equal("errors of eight shutdowns", answer.Shutdown, make([]string, 8))
				p.Equal("errors of eight flushes", answer.Flush, make([]string, 8))
				p.arrivedOnce(p.settled(exchanges), "process_item_logic")
				p.ends()
			},
		},
		{
			ID:     "flush/after",
			Level:  Choice,
			Rule:   "Requests that are served after the shutdown are answered as usual.",
			Source: "users of today's packages",
			Needs:  []Capability{Lifecycle},
			Own:    true,
			run: func(p *Probe) {
				shapes := []Request{
					Get("/process/1"), Get("/status/418"), Get("/fail/503"), Get("/panic"), Get("/stream"), Get("/file"),
					Get("/healthz"), Get("/nothing"), Post("/relay", "[]"),
				}
				before := make([]Response, len(shapes))
				for i, r := range shapes {
					before[i] = p.Send(r).Response
				}
				p.lifecycle("shutdown")
				for i, r := range shapes {
					p.sameAnswer(r.Method+" "+r.Target+" after the shutdown", p.Send(r).Response, before[i])
				}
			},
		},
	}
	return slices.Concat(checks, serverChecks(), faultChecks(), answerChecks())
}

// inFlight stops a service that has 50 requests in progress, and lets them go
// on once it does not accept connections any more.
func inFlight(p *Probe) {
	const requests = 50
	called := p.peer()
	called.hold, called.held = make(chan struct{}), make(chan struct{}, requests)
	letGo := sync.OnceFunc(func() { close(called.hold) })
	defer letGo()
	talks := make([]*talk, requests)
	for i := range talks {
		talks[i] = p.talk(Post("/relay", called.relay("/held")))
	}
	for i := range talks {
		select {
		case <-called.held:
		case <-p.ctx.Done():
			p.cannot("%d of %d requests for /relay have made their call%s", i, requests, p.instance.printed())
		}
	}
	stopped := make(chan error, 1)
	go func() { stopped <- p.instance.stop(p.ctx) }()
	p.refuses()
	letGo()
	exchanges := make([]Exchange, requests)
	for i, t := range talks {
		t.whole()
		p.keep(&t.Exchange)
		exchanges[i] = t.Exchange
	}
	p.endedWell(<-stopped)
	p.answered(exchanges, 200)
	p.arrivedOnce(exchanges, "")
}

// refuses waits until the service does not accept connections any more, or has
// had the time for it.
func (p *Probe) refuses() {
	ctx, cancel := context.WithTimeout(p.ctx, lateness)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := dial(ctx, p.instance.addr)
		if err != nil {
			return
		}
		conn.Close()
		pause(ctx, 5*time.Millisecond)
	}
}

// quiet sends requests that leave no spans, until those before have ended for
// sure: a server span may end a moment after its answer.
func (p *Probe) quiet() {
	const requests = 30
	for range requests {
		if r, err := send(p.ctx, p.instance.addr, Get("/healthz")); err != nil || r.Status != 200 {
			p.cannot("GET /healthz is not answered as CONTRACT.md says: got %d %.80q %v%s", r.Status, r.Body, err, p.instance.printed())
		}
	}
}

// lifecycleAnswer is what POST /lifecycle/{action} answers: the texts of the
// errors of every call, "" for none.
type lifecycleAnswer struct {
	Shutdown []string `json:"shutdown"`
	Flush    []string `json:"flush"`
}

// lifecycle makes the service flush or shut down its telemetry while it serves.
func (p *Probe) lifecycle(action string) (answer lifecycleAnswer) {
	x := p.Send(Request{Method: "POST", Target: "/lifecycle/" + action})
	p.answerJSON(x, &answer)
	return answer
}

// ends stops the service as SIGTERM does; that it does not end cleanly, or not
// in time, is a problem.
func (p *Probe) ends() {
	p.endedWell(p.instance.stop(p.ctx))
}

func (p *Probe) endedWell(err error) {
	p.True(err == nil, "end of the service", show(fmt.Sprint(err))+p.instance.printed(), "clean within "+stopTime.String())
}

// settled returns the exchanges once what ended with their answers has
// arrived, or long enough after that it never will: after a shutdown no fence
// can be sent.
func (p *Probe) settled(exchanges []Exchange) []Exchange {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	_ = p.instance.collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		arrived := serverSpans(s)
		return !slices.ContainsFunc(exchanges, func(x Exchange) bool { return arrived[x.TraceID] == 0 })
	})
	return exchanges
}

// serverSpans counts the server spans of every trace.
func serverSpans(s otlptest.Snapshot) map[string]int {
	counts := make(map[string]int)
	for _, span := range s.Spans() {
		if span.Kind() == otlptest.KindServer {
			counts[span.TraceID()]++
		}
	}
	return counts
}

// arrivedOnce records a problem unless each exchange's server span has arrived
// once, and, where child is a name, the child of that name too.
func (p *Probe) arrivedOnce(exchanges []Exchange, child string) {
	snapshot := p.instance.collector.Snapshot()
	servers := serverSpans(snapshot)
	children := make(map[string]int)
	for _, span := range snapshot.SpansNamed(child) {
		children[span.TraceID()]++
	}
	missing, missingChildren, twice := 0, 0, 0
	for i := range exchanges {
		id := exchanges[i].TraceID
		if servers[id] == 0 {
			missing++
		}
		if child != "" && children[id] == 0 {
			missingChildren++
		}
		if servers[id] > 1 || children[id] > 1 {
			twice++
		}
	}
	p.Equal("requests whose server span is lost, of "+show(len(exchanges)), missing, 0)
	p.Equal("requests whose span "+strings.TrimSpace("below "+child)+" is lost, of "+show(len(exchanges)), missingChildren, 0)
	p.Equal("requests whose spans arrived more than once", twice, 0)
}
