package subject_test

import (
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

func TestConformance(t *testing.T) {
	each(t, func(t *testing.T, s subject.Subject) {
		conformance.Test(t, t.Run, s.Conformance())
	})
}
