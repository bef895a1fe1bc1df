package ask

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// serviceCapabilityTests has a test for each capability that the service implements
// itself, outside its instrumentation. Each test reports whether a service that is
// started with the capability's variable behaves as CONTRACT.md says. It is not enough
// that the service accepts the variable and refuses an invalid value: the suite's handlers
// do so even in a service without the capability.
var serviceCapabilityTests = map[contract.Capability]func(*probe.Probe) bool{
	contract.Bare:     func(p *probe.Probe) bool { return !recordsRequest(p, wire.Get("/process/1")) },
	contract.Recovery: answersPanic,
	contract.Outside: func(p *probe.Probe) bool {
		p.Send(wire.Get("/process/1"))
		p.Settle()
		return p.Within(probe.Lateness, func() bool { return len(p.Receiver().Snapshot().SpansNamed("outside")) > 0 })
	},
	contract.Rewrite: func(p *probe.Probe) bool {
		return p.Send(wire.Get("/nothing/here", "X-Rewrite: GET /status/202")).Response.Status == http.StatusAccepted
	},
	contract.Slug: func(p *probe.Probe) bool { return p.Send(wire.Get("/anything")).Response.Body == "slug" },
	contract.Sampler: func(p *probe.Probe) bool {
		p.Send(wire.Get("/process/1"))
		p.Settle()
		for _, server := range probe.OfKind(p.Receiver().Spans(), otlptest.KindServer) {
			if server.Attr("sampler.attributes") != nil {
				return true
			}
		}
		return false
	},
}

// answersPanic reports whether GET /panic is answered with 503, the status that the
// capability's variable SAMESPAN_RECOVERY sets.
func answersPanic(p *probe.Probe) bool {
	return p.Send(wire.Get("/panic")).Response.Status == http.StatusServiceUnavailable
}
