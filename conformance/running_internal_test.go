package conformance

import (
	"strings"
	"testing"
)

func TestRunningNeedsAddresses(t *testing.T) {
	subject := Subject{Name: "elsewhere", Starter: Running(), Capabilities: make(Capabilities)}
	for _, capability := range AllCapabilities {
		subject.Capabilities[capability] = false
	}
	for name, options := range map[string][]Option{
		"neither": nil, "no receiver": {WithAddress("127.0.0.1:1")}, "no address": {WithReceiver("127.0.0.1:1")},
	} {
		if _, err := Run(t.Context(), subject, options...); err == nil || !strings.Contains(err.Error(), "WithAddress and WithReceiver") {
			t.Errorf("%s: got %v, want an error that names both options", name, err)
		}
	}
}

// What breaks a rule is a failure, also where the rest of the check needs a
// service that cannot be started.
func TestCheckThatNeedsASecondService(t *testing.T) {
	second := func(p *Probe) { p.with([]string{"OTEL_TEST=second"}, func() { t.Error("there is no second service") }) }
	tests := []struct {
		name   string
		check  Check
		want   Outcome
		reason string
	}{
		{"passes so far", Check{run: second}, NotApplicable, "started with OTEL_TEST=second"},
		{"fails so far", Check{run: func(p *Probe) {
			p.Problem("the first half", "this", "that")
			second(p)
		}}, Fail, ""},
		{"variables", Check{Env: []string{"OTEL_TEST=own"}, run: second}, NotApplicable, "started with OTEL_TEST=own"},
		{"its own service", Check{Own: true, run: second}, NotApplicable, "a service of its own"},
		{"no second service", Check{run: func(*Probe) {}}, Pass, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			addr, err := FreeAddress()
			if err != nil {
				t.Fatal(err)
			}
			service, err := InProcess(serveHello).Start(t.Context(), Launch{Addr: addr})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(service.Kill)
			r := &runner{subject: &Subject{Starter: Running()}, addr: addr, instances: make(map[string]*instance), tried: true}
			defer r.close()
			result := r.run(t.Context(), &test.check)
			if result.Outcome != test.want || !strings.Contains(result.Reason, test.reason) {
				t.Errorf("got %s (%s), want %s (%s)", result.Outcome, result.Reason, test.want, test.reason)
			}
		})
	}
}
