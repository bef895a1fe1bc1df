package conformance_test

import (
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// TestMissingRoutesAreNotApplicable checks that missing routes and metrics make checks
// not applicable instead of failing them. The service has one route and no metrics.
func TestMissingRoutesAreNotApplicable(t *testing.T) {
	t.Parallel() // mostly waits for telemetry that the service does not export
	report, err := conformance.Run(t.Context(), conformance.Subject{Name: "minimal", Starter: conformance.InProcess(servicetest.Minimal)},
		conformance.WithChecks("parent/r*", "parent/c*", "parent/t*", "parent/downstream", "span/status", "span/late-routes", "span/route", "error/*", "exclude/*", "metric/*", "transparent/*"))
	if err != nil {
		t.Fatal(err)
	}
	passes := []string{"parent/remote", "parent/root", "parent/child", "parent/concurrent"}
	for _, result := range report.Results {
		want := conformance.NotApplicable
		for _, id := range passes {
			if result.Check.ID == id {
				want = conformance.Pass
			}
		}
		if result.Outcome != want || want == conformance.NotApplicable && !strings.Contains(result.Reason, "does not have") && !strings.Contains(result.Reason, "no metrics") {
			t.Errorf("got %s\nwant %s, with what it lacks", result.Text("minimal"), want)
		}
	}
}

// TestMissingRouteOfDeclaredCapabilityIsError checks that a check ends with the outcome
// "error" if a route is missing and the subject declares the capability of that route.
func TestMissingRouteOfDeclaredCapabilityIsError(t *testing.T) {
	t.Parallel() // mostly waits for telemetry that the service does not export
	report, err := conformance.Run(t.Context(), conformance.Subject{
		Name: "minimal", Starter: conformance.InProcess(servicetest.Minimal), Has: []conformance.Capability{conformance.Exclusion},
	}, conformance.WithChecks("exclude/children"))
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Results[0]; got.Outcome != conformance.Error || !strings.Contains(got.Reason, `does not have GET /healthz, although the subject declares the capability "exclusion"`) {
		t.Errorf("got %s, want an error that names the route and the capability", got.Text("minimal"))
	}
}
