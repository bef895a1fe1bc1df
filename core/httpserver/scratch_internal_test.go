package httpserver

import (
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// TestOptionsLast holds the API that we are built with against what saves an
// allocation; another may do otherwise, and gets its options one by one.
func TestOptionsLast(t *testing.T) {
	if !optionsLast {
		t.Error("an option does not serve one span after the other any more")
	}
	defer func(last bool) { optionsLast = last }(optionsLast)
	optionsLast = false
	s := newScratch()
	s.attributes = append(s.attributes, attribute.String("key", "value"))
	option := s.asOption()
	s.release()
	config := trace.NewSpanStartConfig(option)
	if got := config.Attributes(); len(got) != 1 || got[0].Value.AsString() != "value" {
		t.Errorf("got %v, want an option of its own", got)
	}
}

// TestScratchForgets holds that nothing of a request is left in what serves the
// next one, also when its attributes were more than there is usually room for.
func TestScratchForgets(t *testing.T) {
	for _, n := range []int{1, maxStart, 3 * maxStart} {
		s := newScratch()
		s.attributes = s.attributes[:0]
		for i := range n {
			s.attributes = append(s.attributes, attribute.String(fmt.Sprint("key", i), "secret"))
		}
		option := s.asOption()
		config := trace.NewSpanStartConfig(option)
		if got := config.Attributes(); len(got) != n || got[n-1].Value.AsString() != "secret" {
			t.Errorf("%d attributes: got the option %v", n, got)
		}
		s.release()
		for i, kv := range s.own[:cap(s.own)] {
			if kv.Valid() {
				t.Errorf("%d attributes: %v is left at %d", n, kv, i)
			}
		}
	}
}
