package conformance

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// lateness is how long a server span may take to arrive that the fence has
// overtaken: one of a connection that was taken over or left, or on a busy
// machine. Only a subject that loses the span makes a check wait for so long.
const lateness = 2 * time.Second

// settledServer returns the one server span of the exchange once Settle has
// returned; that there is none, or more, is a problem.
func (p *Probe) settledServer(x Exchange) (otlptest.Span, bool) {
	return p.onlyServer(p.settledServers(x), x.Request)
}

// settledServers returns the server spans of the exchange once Settle has
// returned.
func (p *Probe) settledServers(x Exchange) []otlptest.Span {
	ctx, cancel := context.WithTimeout(p.ctx, lateness)
	defer cancel()
	_ = p.instance.collector.Wait(ctx, func(otlptest.Snapshot) bool {
		return len(ofKind(p.trace(x.TraceID), otlptest.KindServer)) > 0
	})
	return ofKind(p.trace(x.TraceID), otlptest.KindServer)
}

// attributes records a problem for each of the attributes that the exchange's
// span does not have as wanted; nil is none.
func (p *Probe) attributes(x Exchange, s otlptest.Span, want otlptest.Attributes) {
	for key, value := range sorted(want) {
		p.Equal(key+" of "+x.label(), s.Attr(key), value)
	}
}

// with runs f on the service that is started with env and no other variables
// than are always set, and then goes back to the check's own.
func (p *Probe) with(env []string, f func()) {
	if p.subject.isRunning() {
		panic(suiteError{inapplicable{notStartedWith(env)}})
	}
	before, traces := p.instance, p.traces
	p.traces = nil
	p.instance = p.must(p.also(env...))
	f()
	p.keepEvidence()
	own := before
	if !before.stopped {
		own = p.must(p.own())
	}
	if own != before {
		p.instance, p.traces = before, traces
		p.keepEvidence()
		traces = nil
	}
	p.instance, p.traces = own, traces
}

// must ends the check as an error of the suite where there is no service.
func (p *Probe) must(i *instance, err error) *instance {
	if err != nil {
		p.cannot("%w", err)
	}
	return i
}

// label names the exchange in a problem.
func (x Exchange) label() string {
	label := x.Request.Method + " " + x.Request.Target
	if x.Request.Host != "" {
		label += " of " + x.Request.Host
	}
	for _, header := range x.Request.Header {
		if name, _, _ := strings.Cut(header, ":"); name == "Range" || name == "If-Modified-Since" {
			label += " with " + name
		}
	}
	if x.Request.Chunked {
		label += " in chunks"
	}
	if len(label) > 100 {
		label = label[:100] + "…"
	}
	return label
}

// sorted iterates over a map in the order of its keys, so that problems are
// always listed in the same order.
func sorted[K cmp.Ordered, V any, M ~map[K]V](m M) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
