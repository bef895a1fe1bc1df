package bench

import (
	"bytes"
	"strings"
	"testing"
)

func TestGoalTableShowsWhatIsMetAndMissed(t *testing.T) {
	row := func(framework string, toFloor, toUpstream float64) Row {
		return Row{Mode: "sampled", Framework: framework, ToFloor: toFloor, ToUpstream: toUpstream, Peers: []Peer{{Name: NewRelic, FromOurs: 1.02}}}
	}
	service := func(framework string, memory, added float64) ProcessRow {
		return ProcessRow{Framework: framework, Rate: 0, Services: []ProcessCost{
			{Variant: Bare}, {Variant: Ours, Memory: memory, AtRest: 30}, {Variant: Upstream, Memory: 50, AtRest: 30, FromOurs: added},
		}}
	}
	measured := &Result{
		Requests:  []Row{row("Gin", 0.85, 0.5), row("Fiber", 0.9, 0.36)},
		Processes: []ProcessRow{service("Gin", 60, 0.3), service("Fiber", 40, 0.26)},
		Scale:     []ScaleRow{{What: "routes", Framework: "chi", Steps: []Step{{ToFloor: 2}, {ToFloor: 1}}}},
	}
	var got bytes.Buffer
	writeGoals(&got, measured)
	for _, want := range []string{
		"| sampled, ours / New Relic's | 1.00 | – | Gin 1.02 |",
		"| sampled, ours / floor | 0.85 | Gin 0.85 | Fiber 0.90 |",
		"| sampled, ours / upstream | 0.55, Fiber 0.35 | Gin 0.50 | Fiber 0.36 |",
		"| a service at full load, ours adds / upstream adds | 0.35, Fiber 0.25 | Gin 0.30 | Fiber 0.26 |",
		"| memory of a service at rest, ours / upstream | 1.00 | Gin 1.00, Fiber 1.00 | – |",
		"| memory of a service at full load, ours / upstream | 1.00 | Fiber 0.80 | Gin 1.20 |",
		"| 10,000 routes, ours / floor | 1.05 | chi 1.00 | – |",
	} {
		if !strings.Contains(got.String(), want+"\n") {
			t.Errorf("got no row %q in\n%s", want, &got)
		}
	}
	if strings.Contains(got.String(), "2,000 requests a second") {
		t.Errorf("got a goal that was not measured:\n%s", &got)
	}
}
