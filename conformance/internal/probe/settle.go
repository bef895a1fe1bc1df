package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/samespan/samespan/conformance/internal/poll"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Markers is the number of marker requests that Settle sends. A span may end shortly after
// its response, for example on a hijacked connection, whose end the suite cannot observe.
// Several markers give these spans the time to end.
const Markers = 3

// Settle waits until all telemetry of ended requests must have arrived. It sends marker
// requests and waits for their spans, which are exported later.
func (p *Probe) Settle() {
	for attempt := 0; ; attempt++ {
		var item string
		for range Markers {
			item = fmt.Sprintf("marker-%016x", rand.Uint64())
			header, _, _ := Traceparent("01")
			response, err := wire.SendToEnd(p.ctx, p.instance.Addr, wire.Get("/process/"+item, header))
			if err != nil || response.Lost != "" || response.Status != http.StatusOK {
				p.Cannot("the response to GET /process/%s violates CONTRACT.md: got %s%s, want 200%s", item, response, Because(err), p.instance.Details())
			}
			p.instance.Processed++
		}
		// The batch with the marker's spans may have been lost. In that case the next attempt
		// sends new markers.
		ctx, cancel := context.WithTimeout(p.ctx, time.Second<<attempt)
		err := p.instance.Collector.Wait(ctx, func(s otlptest.Snapshot) bool {
			for _, span := range s.SpansNamed("process_item_logic") {
				if span.Attr("item.id") == item {
					return true
				}
			}
			return false
		})
		cancel()
		if err == nil {
			return
		}
		if attempt == 3 {
			p.Cannot("the span process_item_logic of GET /process/%s was not received: %w%s", item, err, p.instance.Details())
		}
	}
}

// Lateness is how much later than the marker's spans a server span may arrive, because
// its connection was hijacked or abandoned, or the machine is busy. A check waits that
// long only if the span never arrives.
const Lateness = 2 * time.Second

// Spans calls Settle and returns the spans of the exchange's trace.
func (p *Probe) Spans(x Exchange) []otlptest.Span {
	p.Settle()
	return p.Trace(x.TraceID)
}

// Trace returns the received spans of a trace.
func (p *Probe) Trace(id string) []otlptest.Span {
	var spans []otlptest.Span
	for _, s := range p.instance.Collector.Spans() {
		if s.TraceID() == id {
			spans = append(spans, s)
		}
	}
	return spans
}

// Server calls Settle and returns the server span of the exchange. It records a problem
// unless there is exactly one.
func (p *Probe) Server(x Exchange) (otlptest.Span, bool) {
	p.Settle()
	return p.SettledServer(x)
}

// onlyServerSpan returns the only server span in spans, which are the spans of r's trace. It
// records a problem unless there is exactly one server span.
func (p *Probe) onlyServerSpan(spans []otlptest.Span, r wire.Request) (otlptest.Span, bool) {
	servers := OfKind(spans, otlptest.KindServer)
	if len(servers) == 1 {
		return servers[0], true
	}
	got := fmt.Sprintf("%d %v", len(servers), Names(servers))
	if root := p.describeRootServerSpan(r); len(servers) == 0 && root != "" {
		got += ", but " + root
	}
	p.Problem(fmt.Sprintf("server spans of %s %.80s in the caller's trace", r.Method, r.Target), got, "1")
	return otlptest.Span{}, false
}

// describeRootServerSpan describes a server span of the request that is a root span instead
// of a child of the caller's span, as happens in a service without a propagator. It returns
// "" if no such span has arrived.
func (p *Probe) describeRootServerSpan(r wire.Request) string {
	for _, s := range OfKind(p.instance.Collector.Spans(), otlptest.KindServer) {
		if s.ParentID() == "" && (s.Attr("url.path") == r.Path() || s.Attr("http.target") == r.Target) {
			return "the root span " + Describe(s) + " in trace " + s.TraceID()
		}
	}
	return ""
}

// SettledServer is like [Probe.Server], but does not call Settle: the caller must have
// called Settle after the exchange.
func (p *Probe) SettledServer(x Exchange) (otlptest.Span, bool) {
	return p.onlyServerSpan(p.SettledServers(x), x.Request)
}

// SettledServers returns the server spans of the exchange. The caller must have called
// Settle after the exchange.
func (p *Probe) SettledServers(x Exchange) []otlptest.Span {
	ctx, cancel := context.WithTimeout(p.ctx, Lateness)
	defer cancel()
	_ = p.instance.Collector.Wait(ctx, func(otlptest.Snapshot) bool {
		return len(OfKind(p.Trace(x.TraceID), otlptest.KindServer)) > 0
	})
	return OfKind(p.Trace(x.TraceID), otlptest.KindServer)
}

// Within calls done every few milliseconds until it returns true or d has passed. It
// reports whether done has returned true.
func (p *Probe) Within(d time.Duration, done func() bool) bool {
	ctx, cancel := context.WithTimeout(p.ctx, d)
	defer cancel()
	return poll.Until(ctx, done)
}
