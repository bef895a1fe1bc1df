package httpserver

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// scratch holds the slices that a span is started and ended with. The API
// copies what it is passed, so they serve one request after the other.
type scratch struct {
	attributes []attribute.KeyValue
	options    []trace.SpanStartOption
}

var scratches = sync.Pool{New: func() any {
	return &scratch{
		attributes: make([]attribute.KeyValue, 0, 24),
		options:    make([]trace.SpanStartOption, 0, 4),
	}
}}

func takeScratch() *scratch { return scratches.Get().(*scratch) }

// release lets go of the request's strings and gives the slices back.
func (s *scratch) release() {
	clear(s.attributes)
	clear(s.options)
	scratches.Put(s)
}
