package subject_test

import (
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// TestConformance checks that this project's subjects fail no check. The runs are
// parallel, because they mostly wait for exports. Parallel subtests begin when the tests
// that set variables have ended. A service's own variables are set only while it starts,
// and services start one at a time.
func TestConformance(t *testing.T) {
	t.Parallel()
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		t.Parallel()
		conformance.Test(t, t.Run, s.Conformance())
	})
}
