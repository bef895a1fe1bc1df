package parent

import (
	"slices"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// Checks returns the checks of the area "parent": the spans of a request are one trace,
// correctly nested.
func Checks() []check.Check {
	return slices.Concat(callerChecks(), contextChecks(), outgoingCallChecks(), nestingChecks())
}

// callerChecks returns the checks of the trace context that a caller sends.
func callerChecks() []check.Check {
	return []check.Check{
		{
			ID:     "parent/remote",
			Level:  check.Requirement,
			Rule:   "If a request has a valid traceparent, the server span is a child of the remote span that the header names.",
			Source: "W3C Trace Context, section 3.2; FastAPI guide",
			Run: func(p *probe.Probe) {
				x := p.Send(wire.Get("/process/1"))
				server, ok := p.Server(x)
				if !ok {
					return
				}
				p.IsChildOfCaller(x, server, "")
				// OTLP does not require an exporter to say whether a parent is remote.
				saysRemote := server.Proto.GetFlags()&uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK) != 0
				p.True(!saysRemote || server.RemoteParent(), "is_remote flag of the parent of "+probe.Describe(server), "local", "remote or not set")
			},
		},
		{
			ID:     "parent/root",
			Level:  check.Requirement,
			Rule:   "Without a traceparent, the server span is the root of a new trace, with non-zero ids. This applies also if an earlier request on the same connection had a traceparent.",
			Source: "W3C Trace Context, section 3.2",
			Run:    checkRoots,
		},
		{
			ID:    "parent/invalid",
			Level: check.Requirement,
			Rule: "A malformed or repeated traceparent starts a new trace and is never an error for the client. A valid header with an unusual form is accepted: " +
				"with its name in upper case, with white space around its value, with the random flag, or of a later version.",
			Source: "W3C Trace Context, section 3.2, 3.2.2, 3.2.4 and 4.3, and its validation suite; Level 2, section 3.2.2.5, for the random flag",
			Run:    checkUnusualCallers,
		},
		{
			ID:    "parent/tracestate",
			Level: check.Requirement,
			Rule: "The caller's tracestate is kept and propagated. Several headers form one list, in their order. An invalid list may be kept, discarded, or kept without " +
				"its invalid members. It does not invalidate the traceparent.",
			Source: "W3C Trace Context, sections 3.3.1, 3.3.1.1, 3.3.1.3, 3.5 and 4.3",
			Run:    checkTracestates,
		},
		{
			ID:     "parent/unsampled",
			Level:  check.Requirement,
			Rule:   "If the caller does not sample, no span is exported, and outgoing calls have the caller's trace id and a sampled flag of 0.",
			Source: `W3C Trace Context, section 3.2.2.5.1; OpenTelemetry specification, Trace SDK, "Built-in samplers"; FastAPI guide`,
			Run: func(p *probe.Probe) {
				// The second flag says that the trace id is random.
				for _, flags := range []string{"00", "02"} {
					peer := p.Peer()
					x := p.SendWith(wire.Post("/relay", peer.Relay("/echo")), flags)
					p.Equal("spans of an unsampled trace, with the flags "+flags, probe.Names(p.Spans(x)), []string{})
					if call, ok := peer.Only(p); ok {
						p.True(strings.HasPrefix(call.Get("Traceparent"), "00-"+x.TraceID+"-") && probe.IsUnsampled(call.Get("Traceparent")),
							"traceparent of an outgoing call, with the flags "+flags, probe.Show(call.Get("Traceparent")), "the caller's trace id "+x.TraceID+", with the sampled flag not set")
					}
				}
			},
		},
	}
}

// checkRoots sends requests without a traceparent: one on a connection of its own, and several
// on connections on which a request with a traceparent came before.
func checkRoots(p *probe.Probe) {
	first := p.Unique()
	p.SendAs(wire.Get("/process/" + first))
	items := make([]string, probe.BurstClients)
	// Burst sends the second half of the requests over the connections of the first half.
	p.Burst(2*len(items), func(i int) wire.Request {
		if i < len(items) {
			header, _, _ := probe.Traceparent("01")
			return wire.Get("/process/"+p.Unique(), header)
		}
		items[i-len(items)] = p.Unique()
		return wire.Get("/process/" + items[i-len(items)])
	})
	p.Settle()
	p.Root(first)
	for _, item := range items {
		p.Root(item)
	}
}
