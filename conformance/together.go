package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// together sends n requests, each as the call of a sampled caller with a trace
// of its own, as many at a time as wide says, and returns the exchanges in
// order, with how long each took. One without an answer says so in Lost.
func (p *Probe) together(n, wide int, request func(i int) Request) ([]Exchange, []time.Duration) {
	exchanges := make([]Exchange, n)
	took := make([]time.Duration, n)
	next := make(chan int)
	var senders sync.WaitGroup
	for range min(n, wide) {
		senders.Go(func() {
			for i := range next {
				exchanges[i], took[i] = p.timed(request(i))
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	senders.Wait()
	for i := range exchanges {
		p.keep(&exchanges[i])
	}
	return exchanges, took
}

// timed sends one request and keeps nothing of it, so that several may be
// under way.
func (p *Probe) timed(r Request) (Exchange, time.Duration) {
	header, traceID, spanID := traceparent("01")
	r.Header = append([]string{header}, r.Header...)
	began := time.Now()
	response, err := send(p.ctx, p.instance.addr, r)
	if err != nil {
		response.Lost = err.Error()
	}
	return Exchange{Request: r, Response: response, TraceID: traceID, SpanID: spanID}, time.Since(began)
}

// maxEvidence is how many of many requests a report keeps.
const maxEvidence = 20

// keep counts an exchange, and keeps it as evidence unless there are enough.
func (p *Probe) keep(x *Exchange) {
	p.sent(x.Request, x.Response)
	last := len(p.evidence.Exchanges) - 1
	if last >= maxEvidence {
		p.evidence.Exchanges = p.evidence.Exchanges[:last]
		return
	}
	p.evidence.Exchanges[last] = x.clipped()
	if x.TraceID != "" {
		p.traces = append(p.traces, x.TraceID)
	}
}

// clipped is the exchange without what would make a report large.
func (x Exchange) clipped() Exchange {
	clip := func(s string) string {
		const most = 2000
		if len(s) <= most {
			return s
		}
		return fmt.Sprintf("%s… (%d bytes)", s[:most], len(s))
	}
	x.Request.Target, x.Request.Body, x.Response.Body = clip(x.Request.Target), clip(x.Request.Body), clip(x.Response.Body)
	x.Request.Header = slices.Clone(x.Request.Header)
	for i, line := range x.Request.Header {
		x.Request.Header[i] = clip(line)
	}
	return x
}

// answered records a problem unless every exchange was answered with status.
func (p *Probe) answered(exchanges []Exchange, status int) {
	bad := 0
	example := ""
	for i := range exchanges {
		if got := exchanges[i].Response; got.Status != status || got.Lost != "" {
			bad++
			example = show(got.Status) + " " + got.Lost
		}
	}
	p.True(bad == 0, "requests that were not answered as usual", show(bad)+" of "+show(len(exchanges))+", the last with "+example,
		"all answered "+show(status))
}

// answerJSON reads the answer's body into value; that it cannot is an error of
// the suite.
func (p *Probe) answerJSON(x Exchange, value any) {
	err := json.Unmarshal([]byte(x.Response.Body), value)
	if err != nil || x.Response.Status != 200 {
		p.cannot("%s %s is not answered as CONTRACT.md says: got %d %.80q (%v)%s",
			x.Request.Method, x.Request.Target, x.Response.Status, x.Response.Body, err, p.instance.printed())
	}
}
