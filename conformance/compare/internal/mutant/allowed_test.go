package mutant

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

// TestAllowedVariantsPass proves that the checks require no more than their sources do:
// every allowed variant must pass.
func TestAllowedVariantsPass(t *testing.T) {
	t.Parallel()
	for _, variant := range allowedVariants {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			found := runMutantWithSubjectChange(t, variant.Mutant, variant.changeSubject, conformance.WithChecks(variant.mustPass...))
			for _, id := range found.failedChecks {
				t.Errorf("it fails a check whose source allows what it does:\n%s", found.messages[id])
			}
			for id, text := range found.messages {
				if !strings.HasPrefix(text, fmt.Sprintf("%s: %s: %s", variant.Name, id, conformance.Pass)) && !slices.Contains(found.failedChecks, id) {
					t.Errorf("it does not pass %s, and so proves nothing:\n%s", id, text)
				}
			}
		})
	}
}

// TestAbsentOptInTelemetryIsNotApplicable proves that checks of Opt-In telemetry are not
// applicable if it is absent, even if the subject declares it.
func TestAbsentOptInTelemetryIsNotApplicable(t *testing.T) {
	t.Parallel()
	checks := []string{"metric/active", "metric/body-size", "span/body-size"}
	for id, text := range runMutant(t, noOptInMutant, conformance.WithChecks(checks...)).messages {
		if !strings.HasPrefix(text, fmt.Sprintf("%s: %s: %s", noOptInMutant.Name, id, conformance.NotApplicable)) || !strings.Contains(text, "Opt-In") {
			t.Errorf("got %s\nwant not applicable, since what it looks at is Opt-In", text)
		}
	}
}

// TestDeltaTemporalityIsNotApplicable proves that checks of metrics are not applicable to a
// service that exports deltas, and that the result says so. The suite compares cumulative values.
func TestDeltaTemporalityIsNotApplicable(t *testing.T) {
	t.Parallel()
	for id, text := range runMutant(t, deltaMutant, conformance.WithChecks("metric/duration", "metric/active")).messages {
		if !strings.HasPrefix(text, fmt.Sprintf("%s: %s: %s", deltaMutant.Name, id, conformance.NotApplicable)) || !strings.Contains(text, "delta") {
			t.Errorf("got %s\nwant not applicable, with the temporality", text)
		}
	}
}

// TestAbsentAddressesAreNotApplicable proves that the check of proxy headers is not applicable to
// an instrumentation whose spans have no attribute that these headers could change.
func TestAbsentAddressesAreNotApplicable(t *testing.T) {
	t.Parallel()
	text := runMutant(t, noAddressMutant, conformance.WithChecks("trust/client-address")).messages["trust/client-address"]
	if !strings.HasPrefix(text, fmt.Sprintf("%s: trust/client-address: %s", noAddressMutant.Name, conformance.NotApplicable)) {
		t.Errorf("got %s\nwant not applicable", text)
	}
}

// TestKnownMethodsVariableMayBeIgnored proves that an instrumentation may ignore the
// environment variable of the list of known methods. The conventions require a way to replace
// the list, but it need not be this variable.
func TestKnownMethodsVariableMayBeIgnored(t *testing.T) {
	t.Parallel()
	ignoresVariable, err := findMutant(fixedMethodsMutantName)
	if err != nil {
		t.Fatal(err)
	}
	changeSubject := func(s *conformance.Subject) {
		s.Has = slices.DeleteFunc(slices.Clone(s.Has), func(c conformance.Capability) bool { return c == conformance.KnownMethods })
	}
	found := runMutantWithSubjectChange(t, ignoresVariable, changeSubject, conformance.WithChecks("span/method-*", "span/known-methods"))
	for _, id := range found.failedChecks {
		t.Errorf("it fails a check whose source leaves the way open:\n%s", found.messages[id])
	}
	text := found.messages["span/known-methods"]
	if !strings.Contains(text, string(conformance.NotApplicable)) || !strings.Contains(text, string(conformance.KnownMethods)) {
		t.Errorf("got %s, want not applicable, with the capability", text)
	}
}

// TestEveryCheckHasAnAllowedVariant checks that every check has an allowed variant that
// differs in an aspect that the check examines.
func TestEveryCheckHasAnAllowedVariant(t *testing.T) {
	hasVariant := make(map[string]bool)
	for _, variant := range allowedVariants {
		for _, id := range variant.mustPass {
			hasVariant[id] = true
		}
	}
	for _, check := range conformance.Checks() {
		if !hasVariant[check.ID] {
			t.Errorf("%s has no allowed variant: add one that differs in what the check looks at and its source allows", check.ID)
		}
		delete(hasVariant, check.ID)
	}
	for id := range hasVariant {
		t.Errorf("an allowed variant passes %q, which is no check: name each by its id", id)
	}
}
