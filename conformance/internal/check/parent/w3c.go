package parent

import (
	"strings"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// The cases are those of the public validation suite of W3C Trace Context, and a few
// more. The checks follow the validation suite where the specification is silent, for
// example about several traceparent headers. The checks follow the specification where the
// specification allows more than the validation suite, for example for an invalid tracestate.

// callerTraceparent is a valid or invalid traceparent that the suite sends.
type callerTraceparent struct {
	name    string   // describes the traceparent in problems
	headers []string // header lines, such as "Traceparent: 00-…"
	isValid bool     // if set, the server span must be a child of the caller's span, and otherwise a root
}

// callerTraceparents returns variations of a valid traceparent with the given ids.
func callerTraceparents(traceID, spanID string) []callerTraceparent {
	ids := traceID + "-" + spanID
	valid := "00-" + ids + "-01"
	all := []callerTraceparent{
		{name: "in two different headers", headers: []string{"Traceparent: " + valid, "Traceparent: 00-" + spanID + spanID + "-" + spanID + "-01"}},
		{name: "in a header named trace-parent", headers: []string{"trace-parent: " + valid}},
		{name: "in a header named trace.parent", headers: []string{"trace.parent: " + valid}},
		{name: "that is missing, but with a tracestate", headers: []string{"Tracestate: a=1"}},
		{name: "in a header named TraceParent", headers: []string{"TraceParent: " + valid}, isValid: true},
		{name: "in a header named TrAcEpArEnT", headers: []string{"TrAcEpArEnT: " + valid}, isValid: true},
		{name: "in a header named TRACEPARENT", headers: []string{"TRACEPARENT: " + valid}, isValid: true},
	}
	for what, value := range probe.Sorted(map[string]string{
		"that is empty":                                   "",
		"without its last character":                      valid[:54],
		"with an additional field":                        valid + "-00",
		"in upper case":                                   strings.ToUpper("00-abcdef" + valid[9:]),
		"with a trace id of all zeros":                    "00-" + strings.Repeat("0", 32) + "-" + spanID + "-01",
		"with a span id of all zeros":                     "00-" + traceID + "-" + strings.Repeat("0", 16) + "-01",
		"of version ff":                                   "ff-" + ids + "-01",
		"of version 00 with a dot at the end":             valid + ".",
		"of version 00 with a dash at the end":            valid + "-",
		"of version 00 with more fields":                  valid + "-what-the-future-brings",
		"of version cc with a dot after the flags":        "cc-" + ids + "-01.what-the-future-brings",
		"with an invalid first character in the version":  ".0-" + ids + "-01",
		"with an invalid last character in the version":   "0.-" + ids + "-01",
		"with a version of 3 characters":                  "000-" + ids + "-01",
		"with a version of 4 characters":                  "0000-" + ids + "-01",
		"with a version of 1 character":                   "0-" + ids + "-01",
		"with an invalid first character in the trace id": "00-." + ids[1:] + "-01",
		"with an invalid last character in the trace id":  "00-" + traceID[:31] + ".-" + spanID + "-01",
		"with a trace id of 33 characters":                "00-1" + ids + "-01",
		"with a trace id of 31 characters":                "00-" + ids[1:] + "-01",
		"with an invalid first character in the span id":  "00-" + traceID + "-." + spanID[1:] + "-01",
		"with an invalid last character in the span id":   "00-" + traceID + "-" + spanID[:15] + ".-01",
		"with a span id of 17 characters":                 "00-" + ids + "1-01",
		"with a span id of 15 characters":                 "00-" + traceID + "-" + spanID[1:] + "-01",
		"with an invalid first character in the flags":    "00-" + ids + "-.0",
		"with an invalid last character in the flags":     "00-" + ids + "-0.",
		"with flags of 3 characters":                      "00-" + ids + "-001",
		"with flags of 1 character":                       "00-" + ids + "-1",
		"twice in one header":                             valid + "," + valid,
	}) {
		all = append(all, callerTraceparent{name: what, headers: []string{"Traceparent: " + value}})
	}
	for what, value := range probe.Sorted(map[string]string{
		"of version cc":                  "cc-" + ids + "-01",
		"of version 01":                  "01-" + ids + "-01",
		"of version fe":                  "fe-" + ids + "-01-",
		"of version cc with more fields": "cc-" + ids + "-01-what-the-future-brings",
		"with the random flag":           "00-" + ids + "-03",
		"with a space before it":         " " + valid,
		"with a tab before it":           "\t" + valid,
		"with a space after it":          valid + " ",
		"with a tab after it":            valid + "\t",
		"with white space around it":     "\t " + valid + " \t",
	}) {
		all = append(all, callerTraceparent{name: what, headers: []string{"Traceparent: " + value}, isValid: true})
	}
	return all
}

// checkUnusualCallers sends a request with each of callerTraceparents. The server span must
// be the caller's child if the traceparent is valid, and a new root if it is not.
func checkUnusualCallers(p *probe.Probe) {
	type sent struct {
		callerTraceparent
		probe.Exchange
		item string
	}
	var all []sent
	// Each request has its own ids, so that its trace can be found.
	for i := range callerTraceparents(strings.Repeat("a", 32), strings.Repeat("b", 16)) {
		_, traceID, spanID := probe.Traceparent("01")
		s := sent{callerTraceparent: callerTraceparents(traceID, spanID)[i], item: p.Unique()}
		request := wire.Get("/process/"+s.item, s.headers...)
		if s.isValid {
			s.Exchange = p.SendFrom(request, traceID, spanID)
		} else {
			s.Exchange = p.SendAs(request)
		}
		p.Equal("response status with a traceparent "+s.name, s.Response.Status, 200)
		all = append(all, s)
	}
	p.Settle()
	for _, s := range all {
		if !s.isValid {
			if _, ok := p.Root(s.item); !ok {
				p.Problem("server span of a request with a traceparent "+s.name, "not the root span of a new trace", "the root span of a new trace")
			}
			continue
		}
		servers := p.SettledServers(s.Exchange)
		if p.True(len(servers) == 1, "server spans of a request with a traceparent "+s.name+", in the caller's trace", probe.Show(len(servers)), "1") {
			p.IsChildOfCaller(s.Exchange, servers[0], "with a traceparent "+s.name)
		}
	}
}
