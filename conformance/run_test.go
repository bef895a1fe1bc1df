package conformance_test

import (
	"context"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// TestUnusableServiceIsTriedOnce checks that the suite does not start a service again
// for each check if that service cannot be checked, for example because it is the wrong
// program.
func TestUnusableServiceIsTriedOnce(t *testing.T) {
	t.Parallel() // mostly waits for telemetry that the service does not export
	report, err := conformance.Run(t.Context(), conformance.Subject{
		Name: "hello", Has: conformance.Capabilities(), ExcludeVariable: "OTEL_TEST_EXCLUDED", Starter: conformance.InProcess(servicetest.Hello),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := report.Count(conformance.Error), len(conformance.Checks()); got != want {
		t.Errorf("got %d errors of %d checks, want nothing but errors", got, want)
	}
	for i, result := range report.Results {
		if reason := result.Reason; !strings.Contains(reason, "process_item_logic") || strings.HasPrefix(reason, "the service failed before the first check") != (i > 0) {
			t.Errorf("%s: got the reason %q", result.Check.ID, reason)
		}
	}
}

func TestRunningNeedsAddresses(t *testing.T) {
	subject := conformance.Subject{Name: "elsewhere", Starter: conformance.Running()}
	for name, options := range map[string][]conformance.Option{
		"neither": nil, "no receiver": {conformance.WithAddress("127.0.0.1:1")}, "no address": {conformance.WithReceiver("127.0.0.1:1")},
	} {
		if _, err := conformance.Run(t.Context(), subject, options...); err == nil || !strings.Contains(err.Error(), "WithAddress and WithReceiver") {
			t.Errorf("%s: got %v, want an error that names both options", name, err)
		}
	}
}

func TestInvalidSubjectsAreRefused(t *testing.T) {
	starter := conformance.InProcess(servicetest.Hello)
	for _, test := range []struct {
		subject conformance.Subject
		want    string
	}{
		{conformance.Subject{Starter: starter}, "has no name"},
		{conformance.Subject{Name: "a"}, "has no Starter"},
		{conformance.Subject{Name: "a", Starter: starter, Has: []conformance.Capability{"htpp2"}}, `unknown capability "htpp2"`},
		{conformance.Subject{Name: "a", Starter: starter, Has: []conformance.Capability{conformance.ExclusionRules}}, "no ExcludeVariable"},
		{conformance.Subject{Name: "a", Starter: starter, KnownFailures: map[string]string{"trust/*": ""}}, "has no reason"},
		{conformance.Subject{Name: "a", Starter: starter, KnownFailures: map[string]string{"tryst/*": "later"}}, `"tryst/*" matches no check`},
	} {
		if _, err := conformance.Run(t.Context(), test.subject); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want an error with %q", test.subject, err, test.want)
		}
	}
}

// TestInvalidOptionsAreRefused checks that Run and Ask return an error for an invalid option
// before they start the service.
func TestInvalidOptionsAreRefused(t *testing.T) {
	subject := conformance.Subject{Name: "a", Starter: conformance.InProcess(func(context.Context, string, func()) error {
		t.Error("the service was started")
		return nil
	})}
	for want, option := range map[string]conformance.Option{
		"option 1 is nil":         nil,
		`WithLevel("must")`:       conformance.WithLevel("must"),
		`WithAddress("orders")`:   conformance.WithAddress("orders"),
		`WithReceiver("::1:4317"`: conformance.WithReceiver("::1:4317"),
	} {
		if _, err := conformance.Run(t.Context(), subject, option); err == nil || !strings.Contains(err.Error(), "conformance: "+want) {
			t.Errorf("Run: got %v, want %q", err, want)
		}
		if _, err := conformance.Ask(t.Context(), subject, option); err == nil || !strings.Contains(err.Error(), "conformance: "+want) {
			t.Errorf("Ask: got %v, want %q", err, want)
		}
	}
}
