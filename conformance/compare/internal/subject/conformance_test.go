package subject_test

import (
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// The runs of the suite mostly wait for exports, and so run side by side. Being
// parallel they begin when the tests that set variables have ended: a service's
// own are only in the environment while it starts, one service at a time.
func TestConformance(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s subject.Subject) {
		t.Parallel()
		conformance.Test(t, t.Run, s.Conformance())
	})
}
