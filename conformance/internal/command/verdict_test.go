package command

import (
	"testing"

	"github.com/samespan/samespan/conformance"
)

func TestNoFailureReportsFailuresAndErrors(t *testing.T) {
	for outcome, want := range map[conformance.Outcome]bool{
		conformance.Pass: false, conformance.KnownFailure: false, conformance.NotApplicable: false, conformance.Fail: true, conformance.Error: true,
	} {
		if got := NoFailure("subject", &conformance.Result{Outcome: outcome}) != ""; got != want {
			t.Errorf("%s is a difference: got %v, want %v", outcome, got, want)
		}
	}
}
