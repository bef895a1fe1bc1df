package subject

import (
	"testing"

	"github.com/samespan/samespan/conformance"
)

func TestConformanceOfChi(t *testing.T) {
	t.Parallel()
	conformance.Test(t, t.Run, routerSubjects[0].Conformance())
}
