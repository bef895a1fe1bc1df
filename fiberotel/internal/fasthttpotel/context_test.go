package fasthttpotel

import (
	"slices"
	"testing"
)

func TestContextKeys(t *testing.T) {
	if len(contextKeys) != 3 || slices.Contains(contextKeys, nil) {
		t.Errorf("got keys %v, want those of the span, the baggage and the exchange", contextKeys)
	}
}
