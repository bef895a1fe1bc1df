package flush

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// serverChecks returns the checks of a service with several servers.
func serverChecks() []check.Check {
	return []check.Check{{
		ID:    "flush/two-servers",
		Level: check.Choice,
		Rule: "With a second server in the same process, such as one for administrators, SIGTERM loses no telemetry of either server, regardless of which stops " +
			"first.",
		Source: "bug reports of other instrumentations",
		Needs:  []contract.Capability{contract.Lifecycle, contract.TwoServers},
		Run: func(p *probe.Probe) {
			for _, busy := range []string{"", "", "", "the first", "the second"} {
				checkTwoServers(p, busy)
			}
		},
	}}
}

// checkTwoServers stops a service with two servers, and checks that no spans are lost. If
// busy is "the first" or "the second", that server stops last, since it has a request in
// progress. If busy is "", both servers are idle.
func checkTwoServers(p *probe.Probe, busy string) {
	second, err := service.FreeAddress()
	if err != nil {
		p.Cannot("%w", err)
	}
	p.With(append([]string{"SAMESPAN_ADMIN_ADDR=" + second}, exportOnlyAtShutdown...), func() {
		mainAddress := p.Address()
		if err := p.Accepts(second); err != nil {
			p.Cannot("second server, at SAMESPAN_ADMIN_ADDR=%s: %w", second, err)
		}
		var exchanges []probe.Exchange
		p.At(second, func() { exchanges = append(exchanges, sendProcessRequests(p)...) })
		exchanges = append(exchanges, sendProcessRequests(p)...)
		p.Answered(exchanges, http.StatusOK)
		switch busy {
		case "the first":
			exchanges = append(exchanges, stopWhileBusy(p, mainAddress, second))
		case "the second":
			exchanges = append(exchanges, stopWhileBusy(p, second, mainAddress))
		default:
			stopCleanly(p)
		}
		checkArrivedOnce(p, exchanges, "")
	})
}

// sendProcessRequests sends some requests to GET /process/{item_id}.
func sendProcessRequests(p *probe.Probe) []probe.Exchange {
	exchanges, _ := p.Together(25, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
	return exchanges
}

// stopWhileBusy stops the service while the server at the address busy has a request in
// progress. It holds that request until the server at the address idle refuses connections.
// Then it lets the request finish, and returns its exchange.
func stopWhileBusy(p *probe.Probe, busy, idle string) probe.Exchange {
	called := p.Peer()
	letGo := called.Holds(1)
	defer letGo()
	var t *probe.Talk
	p.At(busy, func() { t = p.Talk(wire.Post("/relay", called.Relay("/held"))) })
	select {
	case <-called.Held:
	case <-p.Context().Done():
		p.Cannot("the service made no outgoing call for POST /relay within the time limit of the check%s", p.Details())
	}
	stopped := make(chan error, 1)
	go func() { stopped <- p.Stop() }()
	p.At(idle, func() { awaitRefusal(p) })
	letGo()
	t.Whole()
	p.Keep(&t.Exchange)
	checkCleanEnd(p, <-stopped)
	p.Answered([]probe.Exchange{t.Exchange}, http.StatusOK)
	return t.Exchange
}
