package httpserver

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// maxStart bounds the attributes that a span usually starts with.
const maxStart = 24

// scratch holds what a span is started and ended with. The API copies what it
// is passed, so it serves one request after the other.
type scratch struct {
	attributes []attribute.KeyValue
	options    []trace.SpanStartOption
	// own are the attributes' slice to begin with, and ready the options that
	// stand for its first so many: making one allocates.
	own   []attribute.KeyValue
	ready [maxStart + 1]trace.SpanStartOption
}

var scratches = sync.Pool{New: func() any {
	own := make([]attribute.KeyValue, 0, maxStart)
	return &scratch{own: own, attributes: own, options: make([]trace.SpanStartOption, 0, 4)}
}}

func takeScratch() *scratch { return scratches.Get().(*scratch) }

// asOption returns the attributes as an option for the start of a span.
func (s *scratch) asOption() trace.SpanStartOption {
	n := len(s.attributes)
	if n > maxStart {
		return trace.WithAttributes(s.attributes...)
	}
	if s.ready[n] == nil {
		s.ready[n] = trace.WithAttributes(s.own[:n]...)
	}
	return s.ready[n]
}

// release lets go of the request's strings and gives the slices back.
func (s *scratch) release() {
	clear(s.attributes)
	clear(s.options)
	s.attributes = s.own
	scratches.Put(s)
}
