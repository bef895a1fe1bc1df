package mutant

import (
	"testing"

	"github.com/samespan/samespan/conformance"
)

// TestTwins proves that the checks ask for no more than their sources do.
func TestTwins(t *testing.T) {
	for _, twin := range twins {
		t.Run(twin.Name, func(t *testing.T) {
			t.Parallel()
			found := judge(t, twin.Mutant, conformance.WithChecks(twin.passes...))
			for _, id := range found.failed {
				t.Errorf("it fails a check whose source allows what it does:\n%s", found.texts[id])
			}
		})
	}
}
