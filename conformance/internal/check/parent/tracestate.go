package parent

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// callerTracestate is a tracestate that the suite sends, with the lists of members that
// an outgoing call may have.
type callerTracestate struct {
	name    string   // describes the tracestate in problems
	headers []string // header lines, such as "Tracestate: a=1"
	// accepted are the lists of members that an outgoing call may have. For an invalid
	// tracestate the specification allows three: the valid members, none, and all
	// members, since a vendor need not validate them.
	accepted [][]string
}

// describeAccepted describes the accepted lists for a problem's message.
func (s *callerTracestate) describeAccepted() string {
	texts := make([]string, len(s.accepted))
	for i, list := range s.accepted {
		texts[i] = probe.Show(list)
	}
	return strings.Join(texts, ", or ")
}

// callerTracestates returns valid and invalid tracestates.
func callerTracestates() []callerTracestate {
	const (
		letters  = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
		anyValue = ` !"#$%&'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_` + "`abcdefghijklmnopqrstuvwxyz{|}~"
	)
	numbered := func(from, to int) string {
		var members []string
		for i := from; i <= to; i++ {
			members = append(members, fmt.Sprintf("key%02d=value%02d", i, i))
		}
		return strings.Join(members, ",")
	}
	repeat := strings.Repeat
	onlyMembers := func(members ...string) [][]string { return [][]string{members} }
	invalid := func(sent string, valid ...string) [][]string {
		return [][]string{append([]string{}, valid...), {}, splitList([]string{sent})}
	}
	dropped := [][]string{{}}
	values := func(values ...string) []string {
		for i := range values {
			values[i] = "Tracestate: " + values[i]
		}
		return values
	}
	return []callerTracestate{
		{"in one header", values("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"), onlyMembers("congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7")},
		{"in several headers", values("a=1,b=2", "c=3", "d=4,e=5"), onlyMembers("a=1", "b=2", "c=3", "d=4", "e=5")},
		{"in a header named TraceState", []string{"TraceState: a=1"}, onlyMembers("a=1")},
		{"in a header named TrAcEsTaTe", []string{"TrAcEsTaTe: a=1"}, onlyMembers("a=1")},
		{"in a header named TRACESTATE", []string{"TRACESTATE: a=1"}, onlyMembers("a=1")},
		{"in headers named trace-state and trace.state", []string{"trace-state: a=1", "trace.state: b=2"}, dropped},
		{"with white space and empty members", values("a=1 , \tb=2,,c=3,"), onlyMembers("a=1", "b=2", "c=3")},
		{"with tabs and spaces", values("a=1\t \t,\t \tb=2,\t \tc=3"), onlyMembers("a=1", "b=2", "c=3")},
		{"with white space around the value", values("\t a=1 \t"), onlyMembers("a=1")},
		{"with an empty value", values(""), dropped},
		{"whose first header is empty", values("", "a=1"), onlyMembers("a=1")},
		{"whose last header is empty", values("a=1", ""), onlyMembers("a=1")},
		{"with multi-tenant and simple keys", values("fw529a3039@dt=1,z0-_*/=2"), onlyMembers("fw529a3039@dt=1", "z0-_*/=2")},
		{"with every valid character", values(letters + "=" + anyValue), onlyMembers(letters + "=" + anyValue)},
		{"with every valid character and a multi-tenant key", values(letters + "@a-z0-9_-*/=" + anyValue), onlyMembers(letters + "@a-z0-9_-*/=" + anyValue)},
		// The grammar allows one entry for each key. The list may be unchanged, without
		// one of the duplicates, or discarded.
		{"with a repeated key", values("a=1,b=2,a=3"), [][]string{{"a=1", "b=2"}, {"a=1", "b=2", "a=3"}, {"b=2", "a=3"}, {"a=3", "b=2"}, {}}},
		{"with a repeated member", values("a=1,a=1"), [][]string{{"a=1"}, {"a=1", "a=1"}, {}}},
		{"with a key repeated in another header", values("a=1", "a=2"), [][]string{{"a=1"}, {"a=1", "a=2"}, {"a=2"}, {}}},
		{"with 32 members", values(numbered(1, 32)), onlyMembers(splitList([]string{numbered(1, 32)})...)},
		{"with 32 members in four headers", values(numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 32)), onlyMembers(splitList([]string{numbered(1, 32)})...)},
		{"with 33 members", values(numbered(1, 33)), invalid(numbered(1, 33), splitList([]string{numbered(1, 32)})...)},
		{"with 33 members in four headers", values(numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 33)), invalid(numbered(1, 33), splitList([]string{numbered(1, 32)})...)},
		{"with a malformed member", values("a=1,B=="), invalid("a=1,B==", "a=1")},
		{"with a space in a key", values("foo =1"), invalid("foo =1")},
		{"with a key in upper case", values("FOO=1"), invalid("FOO=1")},
		{"with a dot in a key", values("foo.bar=1"), invalid("foo.bar=1")},
		{"with a key that begins with @", values("@foo=1,bar=2"), invalid("@foo=1,bar=2", "bar=2")},
		{"with a key of 256 characters", values("foo=1", repeat("z", 256)+"=1"), onlyMembers("foo=1", repeat("z", 256)+"=1")},
		{"with a key of 257 characters", values("foo=1", repeat("z", 257)+"=1"), invalid("foo=1,"+repeat("z", 257)+"=1", "foo=1")},
		{"with a tenant id and a system id of maximum length", values("foo=1", repeat("t", 241)+"@"+repeat("v", 14)+"=1"), onlyMembers("foo=1", repeat("t", 241)+"@"+repeat("v", 14)+"=1")},
		{"with a member value of 256 characters", values("foo=" + repeat("v", 256)), onlyMembers("foo=" + repeat("v", 256))},
		{"with a member value of 257 characters", values("foo=" + repeat("v", 257)), invalid("foo=" + repeat("v", 257))},
		{"with an equals sign in a member value", values("foo=bar=baz"), invalid("foo=bar=baz")},
		{"with an empty member value", values("foo=,bar=3"), invalid("foo=,bar=3", "bar=3")},

		// The following keys are valid at one level of the specification only. At level 1,
		// multi-tenant keys, tenant@system, have their own length limits, and other keys
		// must not begin with a digit. At level 2, @ and digits are like other characters.
		{"with a key that begins with a digit", values("0foo=1,bar=2"), invalid("0foo=1,bar=2", "bar=2")},
		{"with a tenant id without a system id", values("foo@=1,bar=2"), invalid("foo@=1,bar=2", "bar=2")},
		{"with two consecutive @ in a key", values("foo@@bar=1,bar=2"), invalid("foo@@bar=1,bar=2", "bar=2")},
		{"with two @ in a key", values("foo@bar@baz=1,bar=2"), invalid("foo@bar@baz=1,bar=2", "bar=2")},
		{"with a tenant id of 242 characters", values("foo=1", repeat("t", 242)+"@v=1"), invalid("foo=1,"+repeat("t", 242)+"@v=1", "foo=1")},
		{"with a system id of 15 characters", values("foo=1", "t@"+repeat("v", 15)+"=1"), invalid("foo=1,t@"+repeat("v", 15)+"=1", "foo=1")},
	}
}

// callersMembers returns the members of the outgoing call's tracestate that come from the
// caller. It omits the members at the beginning of the list whose keys are not in
// callerHeaders, since the service has added these members. added is their number.
func callersMembers(call http.Header, callerHeaders []string) (members []string, added int) {
	callerKeys := make(map[string]bool)
	for _, header := range callerHeaders {
		_, value, _ := strings.Cut(header, ":")
		for _, member := range splitList([]string{value}) {
			callerKeys[memberKey(member)] = true
		}
	}
	members = splitList(call.Values("Tracestate"))
	for added < len(members) && !callerKeys[memberKey(members[added])] {
		added++
	}
	return members[added:], added
}

// memberKey returns the key of a tracestate member.
func memberKey(member string) string {
	key, _, _ := strings.Cut(member, "=")
	return strings.TrimSpace(key)
}

// maxMembers is the maximum number of members of a tracestate.
const maxMembers = 32

// acceptsMembers reports whether an outgoing call may have these members of the caller. If the
// service has added members of its own, so that the list would have more than maxMembers, it
// should remove members from the end of the list.
func (s *callerTracestate) acceptsMembers(got []string, added int) bool {
	return slices.ContainsFunc(s.accepted, func(right []string) bool {
		fitting := right[:min(len(right), max(0, maxMembers-added))]
		return slices.Equal(got, right) || slices.Equal(got, fitting)
	})
}

// checkTracestates checks how much of the caller's tracestate an outgoing call carries.
func checkTracestates(p *probe.Probe) {
	for _, test := range callerTracestates() {
		peer := p.Peer()
		x := p.Send(wire.Post("/relay", peer.Relay("/echo"), test.headers...))
		call, ok := peer.Only(p)
		if !ok {
			return
		}
		p.True(strings.HasPrefix(call.Get("Traceparent"), "00-"+x.TraceID+"-"), "traceparent of an outgoing call, for a received tracestate "+test.name,
			probe.Show(call.Get("Traceparent")), "the caller's trace id "+x.TraceID)
		got, added := callersMembers(call, test.headers)
		p.True(test.acceptsMembers(got, added),
			"tracestate of an outgoing call, for a received tracestate "+test.name, probe.Show(got), test.describeAccepted())
	}
	peer := p.Peer()
	p.SendAs(wire.Post("/relay", peer.Relay("/echo"), "Traceparent: 00-malformed", "Tracestate: a=1"))
	if call, ok := peer.Only(p); ok {
		got, _ := callersMembers(call, []string{"Tracestate: a=1"})
		p.Equal("tracestate of an outgoing call, for a received tracestate without a valid traceparent", got, []string{})
	}
}
