package contextvalue

import (
	"slices"
	"testing"
)

func TestKeysOfTheAPIAreKnown(t *testing.T) {
	if keys := Keys(); len(keys) != 3 || slices.Contains(keys, nil) || !KnowsSpan() {
		t.Errorf("got keys %v, want those of the span, the baggage and the exchange", keys)
	}
}
