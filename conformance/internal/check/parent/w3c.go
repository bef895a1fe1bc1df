package parent

import (
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// The cases are those of the public validation suite of W3C Trace Context, and
// a few more. If its two levels differ in the grammar of a tracestate key, both
// are accepted: Level 1 has tenants, tenant@system, with their own limits, and
// no digit at the beginning of other keys; Level 2 treats @ and digits like
// other characters. A Level 1 parser, such as that of OpenTelemetry's API for
// Go, drops the whole list for such a key.

// callerTraceparent is a traceparent that the suite sends, and whether it is valid.
type callerTraceparent struct {
	name    string
	headers []string
	isValid bool
}

// callerTraceparents returns variations of one valid traceparent with the given ids.
func callerTraceparents(traceID, spanID string) []callerTraceparent {
	ids := traceID + "-" + spanID
	valid := "00-" + ids + "-01"
	all := []callerTraceparent{
		{name: "two headers", headers: []string{"Traceparent: " + valid, "Traceparent: " + valid}},
		{name: "two headers that differ", headers: []string{"Traceparent: " + valid, "Traceparent: 00-" + spanID + spanID + "-" + spanID + "-01"}},
		{name: "of another name, trace-parent", headers: []string{"trace-parent: " + valid}},
		{name: "of another name, trace.parent", headers: []string{"trace.parent: " + valid}},
		{name: "missing beside a tracestate", headers: []string{"Tracestate: a=1"}},
		{name: "named TraceParent", headers: []string{"TraceParent: " + valid}, isValid: true},
		{name: "named TrAcEpArEnT", headers: []string{"TrAcEpArEnT: " + valid}, isValid: true},
		{name: "named TRACEPARENT", headers: []string{"TRACEPARENT: " + valid}, isValid: true},
	}
	for what, value := range probe.Sorted(map[string]string{
		"empty":                               "",
		"cut short":                           valid[:54],
		"long":                                valid + "-00",
		"upper case":                          strings.ToUpper("00-abcdef" + valid[9:]),
		"with a trace id of zeroes":           "00-" + strings.Repeat("0", 32) + "-" + spanID + "-01",
		"with a span id of zeroes":            "00-" + traceID + "-" + strings.Repeat("0", 16) + "-01",
		"of version ff":                       "ff-" + ids + "-01",
		"of version 00 and a dot":             valid + ".",
		"of version 00 and a dash":            valid + "-",
		"of version 00 and more fields":       valid + "-what-the-future-brings",
		"of a later version and a dot":        "cc-" + ids + "-01.what-the-future-brings",
		"with a version of another character": ".0-" + ids + "-01",
		"with a version that ends in another": "0.-" + ids + "-01",
		"with a long version":                 "000-" + ids + "-01",
		"with a longer version":               "0000-" + ids + "-01",
		"with a short version":                "0-" + ids + "-01",
		"with another character in trace id":  "00-." + ids[1:] + "-01",
		"with another at the trace id's end":  "00-" + traceID[:31] + ".-" + spanID + "-01",
		"with a long trace id":                "00-1" + ids + "-01",
		"with a short trace id":               "00-" + ids[1:] + "-01",
		"with another character in span id":   "00-" + traceID + "-." + spanID[1:] + "-01",
		"with another at the span id's end":   "00-" + traceID + "-" + spanID[:15] + ".-01",
		"with a long span id":                 "00-" + ids + "1-01",
		"with a short span id":                "00-" + traceID + "-" + spanID[1:] + "-01",
		"with another character in the flags": "00-" + ids + "-.0",
		"with another at the flags' end":      "00-" + ids + "-0.",
		"with long flags":                     "00-" + ids + "-001",
		"with short flags":                    "00-" + ids + "-1",
		"twice in one header":                 valid + "," + valid,
	}) {
		all = append(all, callerTraceparent{name: what, headers: []string{"Traceparent: " + value}})
	}
	for what, value := range probe.Sorted(map[string]string{
		"of a later version":                   "cc-" + ids + "-01",
		"of the next version":                  "01-" + ids + "-01",
		"of the last version":                  "fe-" + ids + "-01-",
		"of a later version, with more fields": "cc-" + ids + "-01-what-the-future-brings",
		"with a space before it":               " " + valid,
		"with a tab before it":                 "\t" + valid,
		"with a space after it":                valid + " ",
		"with a tab after it":                  valid + "\t",
		"with white space around it":           "\t " + valid + " \t",
	}) {
		all = append(all, callerTraceparent{name: what, headers: []string{"Traceparent: " + value}, isValid: true})
	}
	return all
}

// parentUnusualCallers sends each of them.
func parentUnusualCallers(p *probe.Probe) {
	type sent struct {
		callerTraceparent
		probe.Exchange
		item string
	}
	var all []sent
	// Each has its own ids, so that its trace can be found.
	for i := range callerTraceparents(strings.Repeat("a", 32), strings.Repeat("b", 16)) {
		_, traceID, spanID := probe.Traceparent("01")
		s := sent{callerTraceparent: callerTraceparents(traceID, spanID)[i], item: p.Unique()}
		request := wire.Get("/process/"+s.item, s.headers...)
		if s.isValid {
			s.Exchange = p.SendFrom(request, traceID, spanID)
		} else {
			s.Exchange = p.SendAs(request)
		}
		p.Equal("status with a traceparent "+s.name, s.Response.Status, 200)
		all = append(all, s)
	}
	p.Settle()
	for _, s := range all {
		if !s.isValid {
			if _, ok := p.Root(s.item); !ok {
				p.Problem("traceparent "+s.name, "not a new root", "a new root")
			}
			continue
		}
		if server, ok := p.SettledServer(s.Exchange); ok {
			p.IsChildOfCaller(s.Exchange, server, "given a traceparent "+s.name)
		}
	}
}

// callerTracestate is a tracestate that the suite sends, with the lists that a call may
// have.
type callerTracestate struct {
	name    string
	headers []string
	// accepted are the accepted lists, that of Level 1 first.
	accepted [][]string
}

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
	many := strings.Repeat
	kept := func(members ...string) [][]string { return [][]string{members} }
	dropped := [][]string{{}}
	either := func(members ...string) [][]string { return [][]string{{}, members} }
	values := func(values ...string) []string {
		for i := range values {
			values[i] = "Tracestate: " + values[i]
		}
		return values
	}
	return []callerTracestate{
		{"of one header", values("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"), kept("congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7")},
		{"of several headers", values("a=1,b=2", "c=3", "d=4,e=5"), kept("a=1", "b=2", "c=3", "d=4", "e=5")},
		{"named TraceState", []string{"TraceState: a=1"}, kept("a=1")},
		{"named TrAcEsTaTe", []string{"TrAcEsTaTe: a=1"}, kept("a=1")},
		{"named TRACESTATE", []string{"TRACESTATE: a=1"}, kept("a=1")},
		{"of other names", []string{"trace-state: a=1", "trace.state: b=2"}, dropped},
		{"with white space and empty members", values("a=1 , \tb=2,,c=3,"), kept("a=1", "b=2", "c=3")},
		{"with tabs and spaces", values("a=1\t \t,\t \tb=2,\t \tc=3"), kept("a=1", "b=2", "c=3")},
		{"with white space around", values("\t a=1 \t"), kept("a=1")},
		{"that is an empty header", values(""), dropped},
		{"with an empty header", values("", "a=1"), kept("a=1")},
		{"with an empty header at the end", values("a=1", ""), kept("a=1")},
		{"with a vendor's and a tenant's key", values("fw529a3039@dt=1,z0-_*/=2"), kept("fw529a3039@dt=1", "z0-_*/=2")},
		{"with every character", values(letters + "=" + anyValue), kept(letters + "=" + anyValue)},
		{"with every character, of a tenant", values(letters + "@a-z0-9_-*/=" + anyValue), kept(letters + "@a-z0-9_-*/=" + anyValue)},
		// Unchanged, or with one of them removed.
		{"with a repeated key", values("a=1,b=2,a=3"), [][]string{{"a=1", "b=2"}, {"a=1", "b=2", "a=3"}, {"b=2", "a=3"}, {"a=3", "b=2"}}},
		{"with a repeated member", values("a=1,a=1"), [][]string{{"a=1"}, {"a=1", "a=1"}}},
		{"with a key repeated in another header", values("a=1", "a=2"), [][]string{{"a=1"}, {"a=1", "a=2"}, {"a=2"}}},
		{"of 32 members", values(numbered(1, 32)), kept(splitList([]string{numbered(1, 32)})...)},
		{"of 32 members in four headers", values(numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 32)), kept(splitList([]string{numbered(1, 32)})...)},
		{"of 33 members", values(numbered(1, 33)), dropped},
		{"of 33 members in four headers", values(numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 33)), dropped},
		{"that is malformed", values("a=1,B=="), either("a=1")},
		{"with a space in a key", values("foo =1"), dropped},
		{"with a key in upper case", values("FOO=1"), dropped},
		{"with a dot in a key", values("foo.bar=1"), dropped},
		{"with a key that begins with @", values("@foo=1,bar=2"), dropped},
		{"with a key of 256 characters", values("foo=1", many("z", 256)+"=1"), kept("foo=1", many("z", 256)+"=1")},
		{"with a key of 257 characters", values("foo=1", many("z", 257)+"=1"), dropped},
		{"with the longest tenant and system", values("foo=1", many("t", 241)+"@"+many("v", 14)+"=1"), kept("foo=1", many("t", 241)+"@"+many("v", 14)+"=1")},
		{"with a value of 256 characters", values("foo=" + many("v", 256)), kept("foo=" + many("v", 256))},
		{"with a value of 257 characters", values("foo=" + many("v", 257)), dropped},
		{"with an equals sign in a value", values("foo=bar=baz"), dropped},
		{"with an empty value", values("foo=,bar=3"), dropped},

		// Where the levels differ: the form of keys, and the lengths of their
		// parts.
		{"with a key that begins with a digit", values("0foo=1,bar=2"), either("0foo=1", "bar=2")},
		{"with a tenant without a system", values("foo@=1,bar=2"), either("foo@=1", "bar=2")},
		{"with two @ in a row", values("foo@@bar=1,bar=2"), either("foo@@bar=1", "bar=2")},
		{"with two @", values("foo@bar@baz=1,bar=2"), either("foo@bar@baz=1", "bar=2")},
		{"with a tenant of 242 characters", values("foo=1", many("t", 242)+"@v=1"), either("foo=1", many("t", 242)+"@v=1")},
		{"with a system of 15 characters", values("foo=1", "t@"+many("v", 15)+"=1"), either("foo=1", "t@"+many("v", 15)+"=1")},
	}
}
