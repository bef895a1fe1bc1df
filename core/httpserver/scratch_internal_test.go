package httpserver

import (
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// TestWithAttributesCopiesArguments proves that trace.WithAttributes copies its arguments
// in the version of the API that go.mod requires. With a version that does not, the engine
// makes the copy.
func TestWithAttributesCopiesArguments(t *testing.T) {
	if !optionCopiesAttributes {
		t.Error("a span does not copy the attributes of an option any more")
	}
	defer func(copies bool) { optionCopiesAttributes = copies }(optionCopiesAttributes)
	optionCopiesAttributes = false
	s := newScratch()
	s.attributes = append(s.attributes, attribute.String("key", "value"))
	option := s.attributesOption()
	s.release()
	config := trace.NewSpanStartConfig(option)
	if got := config.Attributes(); len(got) != 1 || got[0].Value.AsString() != "value" {
		t.Errorf("got %v, want an option of its own", got)
	}
}

// TestReleasedScratchRetainsNothing proves that a released scratch retains nothing of the
// request, even if the span had more attributes than usual.
func TestReleasedScratchRetainsNothing(t *testing.T) {
	for _, n := range []int{1, scratchCapacity, 3 * scratchCapacity} {
		s := newScratch()
		s.attributes = s.attributes[:0]
		for i := range n {
			s.attributes = append(s.attributes, attribute.String(fmt.Sprint("key", i), "secret"))
		}
		option := s.attributesOption()
		config := trace.NewSpanStartConfig(option)
		if got := config.Attributes(); len(got) != n || got[n-1].Value.AsString() != "secret" {
			t.Errorf("%d attributes: got the option %v", n, got)
		}
		s.release()
		for i, kv := range s.buffer[:cap(s.buffer)] {
			if kv.Valid() {
				t.Errorf("%d attributes: %v is left at %d", n, kv, i)
			}
		}
	}
}
