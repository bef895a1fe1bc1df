package subject_test

import (
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// The runs mostly wait for exports and so run in parallel. Parallel subtests
// begin when tests that set variables have ended: a service's own variables are
// in the environment only while it starts, one service at a time.
func TestConformance(t *testing.T) {
	t.Parallel()
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		t.Parallel()
		conformance.Test(t, t.Run, s.Conformance())
	})
}
