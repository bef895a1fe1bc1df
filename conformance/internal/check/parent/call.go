package parent

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// outgoingCallChecks returns the checks of the headers of outgoing calls.
func outgoingCallChecks() []check.Check {
	return []check.Check{
		{
			ID:     "parent/downstream",
			Level:  check.Requirement,
			Rule:   "An outgoing call has the traceparent of the span in which it is made.",
			Source: "W3C Trace Context, section 3.4; FastAPI guide",
			Run: func(p *probe.Probe) {
				peer := p.Peer()
				x := p.Send(wire.Post("/relay", peer.Relay("/echo")))
				call, ok := peer.Only(p)
				if !ok {
					return
				}
				p.Settle()
				server, ok := p.SettledServer(x)
				if !ok {
					return
				}
				got := call.Get("Traceparent")
				isOfRequest := func() bool {
					for id := range requestSpanIDs(p.Trace(x.TraceID), server) {
						if strings.HasPrefix(got, "00-"+x.TraceID+"-"+id+"-") && !probe.IsUnsampled(got) {
							return true
						}
					}
					return false
				}
				p.True(p.Within(probe.Lateness, isOfRequest), "traceparent of an outgoing call", probe.Show(got),
					"the trace id "+x.TraceID+", the span id of "+probe.Describe(server)+" or of one of its descendants, and the sampled flag set")
			},
		},
		{
			ID:     "parent/baggage",
			Level:  check.Requirement,
			Rule:   "The handler can read the caller's baggage, and its calls pass it on to the next service.",
			Source: "W3C Baggage, section 3; FastAPI guide",
			Run:    checkBaggage,
		},
	}
}

func checkBaggage(p *probe.Probe) {
	const inbound = "Baggage: tenant=acme,tier=gold%20plus"
	x := p.Send(wire.Get("/baggage", inbound))
	var read map[string]string
	if err := json.Unmarshal([]byte(x.Response.Body), &read); err != nil || x.Response.Status != http.StatusOK {
		p.Cannot("the response to GET /baggage violates CONTRACT.md: got %s%s, want 200 and a JSON object of strings", x.Response, probe.Because(err))
	}
	peer := p.Peer()
	p.Send(wire.Post("/relay", peer.Relay("/echo"), inbound))
	call, ok := peer.Only(p)
	if !ok {
		return
	}
	sent := parseBaggage(call.Values("Baggage"))
	if len(read) == 0 && sent["tenant"] != "" {
		p.Cannot("the response to GET /baggage violates CONTRACT.md: it lists no members, but an outgoing call has those of the caller")
	}
	// The service may add baggage members of its own.
	for key, value := range probe.Sorted(map[string]string{"tenant": "acme", "tier": "gold plus"}) {
		p.Equal("baggage member "+key+" in the handler", read[key], value)
		p.Equal("baggage member "+key+" of an outgoing call", sent[key], value)
	}
}

// checkMiddlewareBaggage checks that a baggage member that a middleware adds reaches the
// next service. It checks nothing if the service has no POST /relay or does not implement
// the header X-Set-Baggage. A service implements the header if it answers an invalid value
// with 400.
func checkMiddlewareBaggage(p *probe.Probe) {
	if !p.Serves(wire.Post("/relay", "")) {
		return
	}
	peer := p.Peer()
	p.Send(wire.Post("/relay", peer.Relay("/echo"), "X-Set-Baggage: added=yes"))
	call, ok := peer.Only(p)
	if !ok {
		return
	}
	got := parseBaggage(call.Values("Baggage"))["added"]
	if got != "yes" && p.Send(wire.Get("/context/request", "X-Set-Baggage: none")).Response.Status != http.StatusBadRequest {
		return
	}
	p.Equal("baggage member added of an outgoing call, which a middleware has set in the request's context", got, "yes")
}

// parseBaggage parses baggage headers. It supports only the part of the format that the
// checks use.
func parseBaggage(headers []string) map[string]string {
	found := make(map[string]string)
	for _, member := range splitList(headers) {
		member, _, _ = strings.Cut(member, ";")
		key, value, _ := strings.Cut(member, "=")
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
		found[key] = value
	}
	return found
}

// splitList treats the headers as one comma-separated list and returns its members,
// without empty ones.
func splitList(headers []string) []string {
	members := []string{}
	for member := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if member = strings.Trim(member, " \t"); member != "" {
			members = append(members, member)
		}
	}
	return members
}
