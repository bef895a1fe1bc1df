package probe

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/internal/wire"
)

// Unique returns a new item id.
func (p *Probe) Unique() string { return fmt.Sprintf("item-%016x", rand.Uint64()) }

// Traceparent returns the traceparent header of a new caller, with its ids.
func Traceparent(flags string) (header, traceID, spanID string) {
	traceID = fmt.Sprintf("%016x%016x", rand.Uint64()|1, rand.Uint64()|1)
	spanID = fmt.Sprintf("%016x", rand.Uint64()|1)
	return "Traceparent: 00-" + traceID + "-" + spanID + "-" + flags, traceID, spanID
}

// IsUnsampled reports whether the traceparent's sampled flag is not set. Other flags,
// such as that of a random trace id, do not matter.
func IsUnsampled(traceparent string) bool {
	flags, err := strconv.ParseUint(traceparent[strings.LastIndex(traceparent, "-")+1:], 16, 8)
	return err == nil && flags&1 == 0
}

// Send sends the request with the traceparent of a sampled caller in a new trace, so that
// the request's spans can be found.
func (p *Probe) Send(r wire.Request) Exchange {
	return p.SendWith(r, "01")
}

// SendWith is Send with the given trace flags of the caller.
func (p *Probe) SendWith(r wire.Request, flags string) Exchange {
	header, traceID, spanID := Traceparent(flags)
	r.Header = append([]string{header}, r.Header...)
	return p.SendFrom(r, traceID, spanID)
}

// SendFrom sends a request whose headers already have a traceparent with these ids.
func (p *Probe) SendFrom(r wire.Request, traceID, spanID string) Exchange {
	x := p.SendAs(r)
	x.TraceID, x.SpanID = traceID, spanID
	p.evidence.Exchanges[len(p.evidence.Exchanges)-1] = x
	p.Watch(traceID)
	return x
}

// SendAs sends the request as it is: it adds no traceparent.
func (p *Probe) SendAs(r wire.Request) Exchange {
	p.requireRoute(r)
	response, err := wire.SendToEnd(p.ctx, p.instance.Addr, r)
	if err != nil {
		p.Cannot("%s %.80s: %w%s", r.Method, r.Target, err, p.instance.Details())
	}
	return p.recordExchange(r, response)
}

// Together sends n requests, of which at most maxParallel are in progress at the same time.
// Each request has the traceparent of a sampled caller in a new trace. Together returns the
// exchanges and their durations in the order of the requests. If the service does not
// respond to a request, Response.Lost of its exchange is the error.
func (p *Probe) Together(n, maxParallel int, request func(i int) wire.Request) ([]Exchange, []time.Duration) {
	p.requireRoute(request(0))
	exchanges := make([]Exchange, n)
	took := make([]time.Duration, n)
	next := make(chan int)
	var senders sync.WaitGroup
	for range min(n, maxParallel) {
		senders.Go(func() {
			for i := range next {
				exchanges[i], took[i] = p.sendTimed(request(i))
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	senders.Wait()
	for i := range exchanges {
		p.Keep(&exchanges[i])
	}
	return exchanges, took
}

// sendTimed sends one request and measures its duration. Unlike [Probe.Send], it does not
// record the exchange, so that it can be called concurrently.
func (p *Probe) sendTimed(r wire.Request) (Exchange, time.Duration) {
	header, traceID, spanID := Traceparent("01")
	r.Header = append([]string{header}, r.Header...)
	response, took, err := wire.SendTimed(p.ctx, p.instance.Addr, r)
	if err != nil {
		response.Lost = err.Error()
	}
	return Exchange{Request: r, Response: response, TraceID: traceID, SpanID: spanID}, took
}
