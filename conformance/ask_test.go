package conformance_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// TestAskIgnoresVariablesWithoutEffect checks that Ask does not report a capability if the
// service rejects invalid values of the capability's variable, but ignores valid values.
// The handlers of package reference, for example, reject an invalid SAMESPAN_SLUG even in a
// service that never registers the route that SAMESPAN_SLUG enables.
func TestAskIgnoresVariablesWithoutEffect(t *testing.T) {
	t.Parallel() // mostly waits for telemetry that the service does not export
	rejectsInvalidValues := func(ctx context.Context, addr string, ready func()) error {
		for _, variable := range os.Environ() {
			if strings.HasPrefix(variable, "SAMESPAN_") && strings.HasSuffix(variable, "=no-such-value") {
				return errors.New(variable)
			}
		}
		return servicetest.Minimal(ctx, addr, ready)
	}
	found, err := conformance.Ask(t.Context(), conformance.Subject{Name: "minimal", Starter: conformance.InProcess(rejectsInvalidValues)})
	if err != nil {
		t.Fatal(err)
	}
	for _, capability := range found {
		switch capability {
		case conformance.Recovery, conformance.Rewrite, conformance.Slug, conformance.Outside, conformance.Sampler, conformance.Bare:
			t.Errorf("got %q of a service that ignores valid values of its variable", capability)
		}
	}
}

// TestAskFindsOnlyCompleteCapabilities checks that Ask does not report a capability if the
// service has only some of the capability's routes. If Ask reported it, the checks that
// need the missing route would end with the outcome "error".
func TestAskFindsOnlyCompleteCapabilities(t *testing.T) {
	t.Parallel() // mostly waits for telemetry that the service does not export
	found, err := conformance.Ask(t.Context(), conformance.Subject{Name: "partial", Starter: conformance.InProcess(servicetest.Partial)})
	if err != nil {
		t.Fatal(err)
	}
	for _, capability := range []conformance.Capability{conformance.Disconnect, conformance.Exclusion} {
		if slices.Contains(found, capability) {
			t.Errorf("got %q of a service with one of its routes, want it not to be found", capability)
		}
	}
}
