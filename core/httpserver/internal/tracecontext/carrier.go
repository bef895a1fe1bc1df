package tracecontext

import (
	"context"
	"net/textproto"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	traceparentHeader = "Traceparent"
	tracestateHeader  = "Tracestate"
	baggageHeader     = "Baggage"

	// maxStateMembers limits the members of a tracestate (W3C Trace Context, section
	// 3.3.1.1).
	maxStateMembers = 32
	// maxStateLength is the length of the longest valid tracestate, in bytes: a key and a
	// value have up to 256 characters each. A longer header has repeated keys or mostly
	// white space, and is not read.
	maxStateLength = maxStateMembers*(256+len("=")+256) + (maxStateMembers-1)*len(",")
)

// carrier gives propagators the headers of a request as W3C Trace Context requires. A
// propagator asks for one value of traceparent and one of tracestate. If the request has
// several traceparent headers, carrier returns none, because they are invalid. It joins
// several tracestate headers to one list. It also rewrites traceparent, because the API's
// parser reads some values differently from the recommendation.
type carrier struct{ header Header }

var (
	_ propagation.TextMapCarrier = (*carrier)(nil)
	_ propagation.ValuesGetter   = (*carrier)(nil)
)

// Header returns request headers by canonical names.
type Header interface {
	Get(name string) string
	Values(name string) []string
	Keys() []string
}

// extract returns ctx with the values that propagator extracts from header.
func extract(ctx context.Context, propagator propagation.TextMapPropagator, header Header) context.Context {
	return propagator.Extract(ctx, &carrier{header})
}

func (c *carrier) Get(key string) string {
	name := textproto.CanonicalMIMEHeaderKey(key)
	switch name {
	case traceparentHeader:
		// Two traceparent headers are ambiguous, even if they are equal.
		if values := c.header.Values(name); len(values) == 1 {
			return normalizeTraceparent(values[0])
		}
		return ""
	case tracestateHeader:
		return joinTracestate(c.header.Values(name))
	default:
		return c.header.Get(name)
	}
}

func (c *carrier) Values(key string) []string {
	return c.header.Values(textproto.CanonicalMIMEHeaderKey(key))
}

func (c *carrier) Keys() []string { return c.header.Keys() }

// Set does nothing: a received request is not modified.
func (*carrier) Set(string, string) {}

// normalizeTraceparent returns a traceparent in the format of version 00, which every
// parser accepts, or "" if it is malformed.
func normalizeTraceparent(value string) string {
	var caller trace.SpanContextConfig
	if !parseTraceparent(value, &caller) {
		return ""
	}
	return "00-" + caller.TraceID.String() + "-" + caller.SpanID.String() + "-" + caller.TraceFlags.String()
}

// joinTracestate joins the values of all tracestate headers to one list (W3C Trace
// Context, section 3.3.1). It removes empty members, which are allowed. Of several members
// with the same key, which are not allowed, it keeps the first, which is the most recent.
// Like the API's parser, it drops a list that is too long.
func joinTracestate(values []string) string {
	length := 0
	for _, value := range values {
		length += len(value)
	}
	switch {
	case length == 0 || length > maxStateLength:
		return ""
	case len(values) == 1 && hasOneMember(values[0]):
		return values[0]
	}
	members := make([]string, 0, maxStateMembers)
	for _, value := range values {
		for member := range strings.SplitSeq(value, ",") {
			member = strings.Trim(member, " \t")
			if member == "" || containsKeyOf(members, member) {
				continue
			}
			if len(members) == maxStateMembers {
				return ""
			}
			members = append(members, member)
		}
	}
	return strings.Join(members, ",")
}

// hasOneMember reports whether s, a tracestate, has only one member, which is the usual
// case. It reports false if s contains white space.
func hasOneMember(s string) bool { return !strings.ContainsAny(s, ", \t") }

// containsKeyOf reports whether one of members has the same key as member.
func containsKeyOf(members []string, member string) bool {
	key, _, _ := strings.Cut(member, "=")
	for _, member := range members {
		if k, _, _ := strings.Cut(member, "="); k == key {
			return true
		}
	}
	return false
}
