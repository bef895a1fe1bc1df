package httpserver

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// maxStart is the usual maximum number of attributes at the start of a span.
const maxStart = 24

// scratch holds the attributes and options for starting and ending a span. The
// API copies what it is passed, so a scratch is reused for other requests.
type scratch struct {
	attributes []attribute.KeyValue
	options    []trace.SpanStartOption
	offer      contextvalue.Offer
	// buffer is the preallocated slice of attributes, and ready has options for
	// its first n attributes for each n, since making one allocates.
	buffer []attribute.KeyValue
	ready  [maxStart + 1]trace.SpanStartOption
}

var scratches = sync.Pool{New: func() any { return newScratch() }}

func newScratch() *scratch {
	own := make([]attribute.KeyValue, 0, maxStart)
	return &scratch{buffer: own, attributes: own, options: make([]trace.SpanStartOption, 0, 4)}
}

func takeScratch() *scratch { return scratches.Get().(*scratch) }

// asOption returns the attributes as a start option.
func (s *scratch) asOption() trace.SpanStartOption {
	n := len(s.attributes)
	if n > maxStart || !optionsReusable {
		return trace.WithAttributes(slices.Clone(s.attributes)...)
	}
	if s.ready[n] == nil {
		s.ready[n] = trace.WithAttributes(s.buffer[:n]...)
	}
	return s.ready[n]
}

// optionsReusable is set if a start option can be reused: if it takes the current
// content of its slice when a span starts, and the span copies it. The API does
// not guarantee this, and the service decides which version of it is linked, so
// it is tested at run time.
var optionsReusable = func() bool {
	attributes := []attribute.KeyValue{{}}
	option := trace.WithAttributes(attributes...)
	attributes[0] = attribute.Bool("known", true)
	config := trace.NewSpanStartConfig(option)
	clear(attributes)
	got := config.Attributes()
	return len(got) == 1 && got[0].Key == "known"
}()

// release clears the request's strings and makes the scratch available again.
func (s *scratch) release() {
	// If there were too many attributes, the first of them are still in own.
	clear(s.buffer[:min(len(s.attributes), maxStart)])
	clear(s.options)
	s.offer.Attributes = nil
	s.attributes = s.buffer
	scratches.Put(s)
}
