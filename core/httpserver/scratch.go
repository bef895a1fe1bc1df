package httpserver

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// maxStart bounds the attributes that a span usually starts with.
const maxStart = 24

// scratch holds what a span is started and ended with. The API copies what it
// is passed, so it serves one request after the other.
type scratch struct {
	attributes []attribute.KeyValue
	options    []trace.SpanStartOption
	offer      contextvalue.Offer
	// own are the attributes' slice to begin with, and ready the options that
	// stand for its first so many: making one allocates.
	own   []attribute.KeyValue
	ready [maxStart + 1]trace.SpanStartOption
}

var scratches = sync.Pool{New: func() any { return newScratch() }}

func newScratch() *scratch {
	own := make([]attribute.KeyValue, 0, maxStart)
	return &scratch{own: own, attributes: own, options: make([]trace.SpanStartOption, 0, 4)}
}

func takeScratch() *scratch { return scratches.Get().(*scratch) }

// asOption returns the attributes as an option for the start of a span.
func (s *scratch) asOption() trace.SpanStartOption {
	n := len(s.attributes)
	if n > maxStart || !optionsLast {
		return trace.WithAttributes(slices.Clone(s.attributes)...)
	}
	if s.ready[n] == nil {
		s.ready[n] = trace.WithAttributes(s.own[:n]...)
	}
	return s.ready[n]
}

// optionsLast says that an option can serve one span after the other: it stands
// for what its slice holds when a span starts, of which a span has a copy. The
// API does not promise it, and the service decides which version of it is
// linked, so it is tried.
var optionsLast = func() bool {
	attributes := []attribute.KeyValue{{}}
	option := trace.WithAttributes(attributes...)
	attributes[0] = attribute.Bool("known", true)
	config := trace.NewSpanStartConfig(option)
	clear(attributes)
	got := config.Attributes()
	return len(got) == 1 && got[0].Key == "known"
}()

// release lets go of the request's strings and gives the slices back.
func (s *scratch) release() {
	// Attributes that were too many have left their first in own.
	clear(s.own[:min(len(s.attributes), maxStart)])
	clear(s.options)
	s.offer.Attributes = nil
	s.attributes = s.own
	scratches.Put(s)
}
