package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// Probe is what a check works with: a running service, what it has exported,
// and the problems that were found. A rule that is broken is a Problem and the
// check goes on; what keeps the suite from telling ends the check as an error.
type Probe struct {
	ctx      context.Context
	subject  *Subject
	instance *instance
	problems []Problem
	evidence Evidence
	// traces are those whose spans are evidence.
	traces   []string
	cleanups []func()
	// also gives the service that is started with other variables, which the
	// checks share, and own the check's own again: where services run one after
	// the other it is a new one.
	also func(env ...string) (*instance, error)
	own  func() (*instance, error)
}

// Exchange is a request and its answer.
type Exchange struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
	// TraceID and SpanID are the caller's, which the request's traceparent
	// carried.
	TraceID string `json:"trace_id,omitempty"`
	SpanID  string `json:"span_id,omitempty"`
}

// suiteError ends a check that cannot be decided.
type suiteError struct{ error }

// cannot ends the check as an error of the suite.
func (p *Probe) cannot(format string, args ...any) {
	panic(suiteError{fmt.Errorf(format, args...)})
}

// Problem records that the rule is broken.
func (p *Probe) Problem(what, got, want string) {
	p.problems = append(p.problems, Problem{What: what, Got: got, Want: want})
}

// Equal records a problem unless got is want.
func (p *Probe) Equal(what string, got, want any) bool {
	if reflect.DeepEqual(got, want) {
		return true
	}
	p.Problem(what, show(got), show(want))
	return false
}

// True records a problem unless ok.
func (p *Probe) True(ok bool, what, got, want string) bool {
	if !ok {
		p.Problem(what, got, want)
	}
	return ok
}

func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case string:
		return fmt.Sprintf("%.200q", v)
	default:
		text := fmt.Sprint(v)
		if len(text) > 500 {
			text = text[:500] + "…"
		}
		return text
	}
}

// unique returns an item id that no other request has.
func (p *Probe) unique() string { return fmt.Sprintf("item-%016x", rand.Uint64()) }

// traceparent returns a new caller's context.
func traceparent(flags string) (header, traceID, spanID string) {
	traceID = fmt.Sprintf("%016x%016x", rand.Uint64()|1, rand.Uint64()|1)
	spanID = fmt.Sprintf("%016x", rand.Uint64()|1)
	return "Traceparent: 00-" + traceID + "-" + spanID + "-" + flags, traceID, spanID
}

// Send sends the request as the call of a sampled caller with a trace of its
// own, so that its spans are found again.
func (p *Probe) Send(r Request) Exchange {
	return p.sendWith(r, "01")
}

func (p *Probe) sendWith(r Request, flags string) Exchange {
	header, traceID, spanID := traceparent(flags)
	r.Header = append([]string{header}, r.Header...)
	x := p.SendAs(r)
	x.TraceID, x.SpanID = traceID, spanID
	p.evidence.Exchanges[len(p.evidence.Exchanges)-1] = x
	p.traces = append(p.traces, traceID)
	return x
}

// SendAs sends the request as it is, without a caller's context of the suite's.
func (p *Probe) SendAs(r Request) Exchange {
	response, err := send(p.ctx, p.instance.addr, r)
	if err != nil {
		p.cannot("%s %.80s: %w%s", r.Method, r.Target, err, p.instance.printed())
	}
	return p.sent(r, response)
}

// sent keeps an exchange as evidence, and counts it if the service does.
func (p *Probe) sent(r Request, response Response) Exchange {
	x := Exchange{Request: r, Response: response}
	p.evidence.Exchanges = append(p.evidence.Exchanges, x)
	if isProcessed(r, response) {
		p.instance.processed++
	}
	return x
}

// isProcessed tells whether the service counts the request in its metric
// reference.processed.
func isProcessed(r Request, response Response) bool {
	return response.Status == http.StatusOK && r.Method == http.MethodGet && strings.HasPrefix(r.Path(), "/process/")
}

// fences is how many requests Settle sends. What ends when an answer has been
// sent may end a moment after the client has it; it does not take as long as
// three more requests.
const fences = 3

// Settle returns once everything that has ended so far has arrived: later
// requests' spans have.
func (p *Probe) Settle() {
	for attempt := 0; ; attempt++ {
		var item string
		for range fences {
			item = fmt.Sprintf("fence-%016x", rand.Uint64())
			header, _, _ := traceparent("01")
			response, err := send(p.ctx, p.instance.addr, Get("/process/"+item, header))
			if err != nil || response.Status != 200 {
				p.cannot("GET /process/%s is not answered as CONTRACT.md says: got %d %.80q %v%s", item, response.Status, response.Body, err, p.instance.printed())
			}
			p.instance.processed++
		}
		// A batch that is lost takes the fence with it; the next one arrives.
		ctx, cancel := context.WithTimeout(p.ctx, time.Second<<attempt)
		err := p.instance.collector.Wait(ctx, func(s otlptest.Snapshot) bool {
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
			p.cannot("the span process_item_logic of GET /process/%s does not arrive: %w%s", item, err, p.instance.printed())
		}
	}
}

// Spans settles and returns the spans of the exchange's trace.
func (p *Probe) Spans(x Exchange) []otlptest.Span {
	p.Settle()
	return p.trace(x.TraceID)
}

// trace returns what has arrived of a trace.
func (p *Probe) trace(id string) []otlptest.Span {
	var spans []otlptest.Span
	for _, s := range p.instance.collector.Spans() {
		if s.TraceID() == id {
			spans = append(spans, s)
		}
	}
	return spans
}

// Server settles and returns the one server span of the exchange; that there
// is none, or more, is a problem.
func (p *Probe) Server(x Exchange) (otlptest.Span, bool) {
	return p.onlyServer(p.Spans(x), x.Request)
}

func (p *Probe) onlyServer(spans []otlptest.Span, r Request) (otlptest.Span, bool) {
	servers := ofKind(spans, otlptest.KindServer)
	if len(servers) != 1 {
		p.Problem(fmt.Sprintf("server spans of %s %.80s", r.Method, r.Target), fmt.Sprintf("%d %v", len(servers), names(servers)), "1")
		return otlptest.Span{}, false
	}
	return servers[0], true
}

// attribute records a problem unless the span's attribute is want; nil is none.
func (p *Probe) attribute(s otlptest.Span, key string, want any) {
	p.Equal(key+" of "+s.Name(), s.Attr(key), want)
}

func ofKind(spans []otlptest.Span, kind otlptest.Kind) []otlptest.Span {
	var found []otlptest.Span
	for _, s := range spans {
		if s.Kind() == kind {
			found = append(found, s)
		}
	}
	return found
}

func named(spans []otlptest.Span, name string) []otlptest.Span {
	var found []otlptest.Span
	for _, s := range spans {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

func names(spans []otlptest.Span) []string {
	list := make([]string, len(spans))
	for i, s := range spans {
		list[i] = s.Name()
	}
	return list
}
