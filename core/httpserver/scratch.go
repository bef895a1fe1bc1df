package httpserver

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// scratchCapacity is the number of attributes for which a scratch has room. A span rarely
// has more at its start.
const scratchCapacity = 24

// scratch holds the attributes and options for starting and ending a span. The API copies
// its arguments, so a scratch can be reused for other requests.
type scratch struct {
	attributes   []attribute.KeyValue
	startOptions []trace.SpanStartOption
	// offer passes attributes to the sampler.
	offer contextvalue.Offer
	// buffer is the preallocated slice of attributes.
	buffer []attribute.KeyValue
}

var scratchPool = sync.Pool{New: func() any { return newScratch() }}

func newScratch() *scratch {
	buffer := make([]attribute.KeyValue, 0, scratchCapacity)
	return &scratch{buffer: buffer, attributes: buffer, startOptions: make([]trace.SpanStartOption, 0, 4)}
}

func getScratch() *scratch { return scratchPool.Get().(*scratch) }

// attributesOption returns the attributes as a start option.
func (s *scratch) attributesOption() trace.SpanStartOption {
	if !optionCopiesAttributes {
		return trace.WithAttributes(slices.Clone(s.attributes)...)
	}
	return trace.WithAttributes(s.attributes...)
}

// optionCopiesAttributes is set if trace.WithAttributes copies its arguments. The API
// does not guarantee this, and the service decides which version of the API is linked, so
// the behavior is tested at run time.
var optionCopiesAttributes = func() bool {
	attributes := []attribute.KeyValue{attribute.Bool("known", true)}
	config := trace.NewSpanStartConfig(trace.WithAttributes(attributes...))
	clear(attributes)
	got := config.Attributes()
	return len(got) == 1 && got[0].Key == "known"
}()

// release clears the scratch, so that it retains no strings of the request, and makes it
// available again.
func (s *scratch) release() {
	// With more than scratchCapacity attributes, append allocates another array. The
	// first scratchCapacity are still in buffer.
	clear(s.buffer[:min(len(s.attributes), scratchCapacity)])
	clear(s.startOptions)
	s.offer.Attributes = nil
	s.attributes = s.buffer
	scratchPool.Put(s)
}
