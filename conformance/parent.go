package conformance

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// parentChecks are about one trace, correctly nested.
func parentChecks() []Check {
	return slices.Concat(callerChecks(), contextChecks(), callChecks(), nestingChecks())
}

// callerChecks are about the context that a caller sends.
func callerChecks() []Check {
	return []Check{
		{
			ID:     "parent/remote",
			Level:  Requirement,
			Rule:   "A valid traceparent makes the server span its remote child.",
			Source: "W3C Trace Context, section 3.2; guide",
			run: func(p *Probe) {
				x := p.Send(Get("/process/1"))
				server, ok := p.Server(x)
				if !ok {
					return
				}
				p.Equal("parent of the server span", server.ParentID(), x.SpanID)
				p.Equal("remote parent of the server span", server.RemoteParent(), true)
			},
		},
		{
			ID:     "parent/root",
			Level:  Requirement,
			Rule:   "Without a traceparent the server span is a new root with ids that are not zero.",
			Source: "W3C Trace Context, section 3.2",
			run: func(p *Probe) {
				item := p.unique()
				p.SendAs(Get("/process/" + item))
				p.Settle()
				p.root(item)
			},
		},
		{
			ID:    "parent/invalid",
			Level: Requirement,
			Rule: "A malformed traceparent, or two of them, starts a new root and is never an error to the client; " +
				"one that is only unusual, by its header's case, white space around it or a later version, is none of these.",
			Source: "W3C Trace Context, section 3.2, 3.2.2, 3.2.4 and 4.3",
			run:    unusualCallers,
		},
		{
			ID:    "parent/tracestate",
			Level: Requirement,
			Rule: "The caller's tracestate is kept and passed on: several headers are one list in their order, " +
				"repeated keys, more than 32 members and malformed ones follow the recommendation, and nothing about it changes the traceparent.",
			Source: "W3C Trace Context, sections 3.3.1, 3.3.1.1 and 3.3.1.3",
			run:    tracestate,
		},
		{
			ID:     "parent/unsampled",
			Level:  Requirement,
			Rule:   "A caller's decision not to sample is honoured: nothing is exported, and calls carry flags 00.",
			Source: "W3C Trace Context, section 3.2.2.5.1; guide",
			run: func(p *Probe) {
				peer := p.peer()
				x := p.sendWith(Post("/relay", peer.relay("/echo")), "00")
				p.Equal("spans of an unsampled trace", names(p.Spans(x)), []string{})
				if call, ok := peer.only(p); ok {
					p.True(strings.HasPrefix(call.Get("Traceparent"), "00-"+x.TraceID+"-") && strings.HasSuffix(call.Get("Traceparent"), "-00"),
						"traceparent of a call", show(call.Get("Traceparent")), "the caller's trace with flags 00")
				}
			},
		},
	}
}

// root finds the trace of GET /process/{item} by the child that carries the
// item, and tells whether its server span is a root.
func (p *Probe) root(item string) bool {
	for _, child := range p.instance.collector.Snapshot().SpansNamed("process_item_logic") {
		if child.Attr("item.id") != item {
			continue
		}
		p.traces = append(p.traces, child.TraceID())
		servers := ofKind(p.trace(child.TraceID()), otlptest.KindServer)
		if !p.Equal("server spans of a new root's trace", len(servers), 1) {
			return false
		}
		return p.Equal("parent of the server span of a new root", servers[0].ParentID(), "") &&
			p.True(strings.Trim(servers[0].TraceID(), "0") != "" && strings.Trim(servers[0].SpanID(), "0") != "",
				"ids of a new root", servers[0].TraceID()+" "+servers[0].SpanID(), "ids that are not zero")
	}
	return p.True(false, "span process_item_logic of item "+item, "none", "one")
}

// childOf records a problem unless there is one span with that name, and it is
// the parent's child.
func (p *Probe) childOf(spans []otlptest.Span, name string, parent otlptest.Span) bool {
	found := named(spans, name)
	return p.Equal("spans named "+name, len(found), 1) &&
		p.Equal("parent of "+name, found[0].ParentID(), parent.SpanID())
}
