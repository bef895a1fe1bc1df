package tracecontext

import (
	"context"
	"net/textproto"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	traceparentHeader = "Traceparent"
	tracestateHeader  = "Tracestate"
	baggageHeader     = "Baggage"

	// maxStateMembers is the limit of a tracestate list: W3C Trace Context,
	// section 3.3.1.1.
	maxStateMembers = 32
	// maxStateLength is the length, in bytes, of the longest list there is: a
	// key has up to 256 characters and so has a value. What is longer repeats
	// itself or is mostly white space, and is not worth the time to read.
	maxStateLength = maxStateMembers*(256+len("=")+256) + (maxStateMembers-1)*len(",")
)

// carrier shows a request's headers to the propagators as W3C Trace Context
// wants them read, which the propagators, who ask for one value of one header,
// cannot do themselves: a repeated traceparent is none, several tracestate
// headers are one list. It also mends where the API's parser of a traceparent
// reads it otherwise than the recommendation does.
type carrier struct {
	header Header
	// canonical holds the canonical form of the propagators' own field names,
	// so that it is not worked out for each request.
	canonical fields
}

var (
	_ propagation.TextMapCarrier = (*carrier)(nil)
	_ propagation.ValuesGetter   = (*carrier)(nil)
)

// carriers saves an allocation for each request.
var carriers = sync.Pool{New: func() any { return new(carrier) }}

// Header reads a request's header by canonical names.
type Header interface {
	Get(name string) string
	Values(name string) []string
	Keys() []string
}

// fields are the names that a propagator asks for, in their canonical form.
type fields map[string]string

// extract returns ctx with what propagator finds in header.
func (f fields) extract(ctx context.Context, propagator propagation.TextMapPropagator, header Header) context.Context {
	c := carriers.Get().(*carrier)
	*c = carrier{header: header, canonical: f}
	ctx = propagator.Extract(ctx, c)
	*c = carrier{}
	carriers.Put(c)
	return ctx
}

// fieldsOf returns the fields of a propagator.
func fieldsOf(p propagation.TextMapPropagator) fields {
	names := p.Fields()
	canonical := make(fields, len(names))
	for _, field := range names {
		canonical[field] = textproto.CanonicalMIMEHeaderKey(field)
	}
	return canonical
}

func (c *carrier) name(key string) string {
	if name, ok := c.canonical[key]; ok {
		return name
	}
	return textproto.CanonicalMIMEHeaderKey(key)
}

func (c *carrier) Get(key string) string {
	name := c.name(key)
	switch name {
	case traceparentHeader:
		// Two headers contradict each other, even if they are the same.
		if values := c.header.Values(name); len(values) == 1 {
			return traceParent(values[0])
		}
		return ""
	case tracestateHeader:
		return traceState(c.header.Values(name))
	default:
		return c.header.Get(name)
	}
}

func (c *carrier) Values(key string) []string { return c.header.Values(c.name(key)) }

func (c *carrier) Keys() []string { return c.header.Keys() }

// Set does nothing: a request that has arrived is not written to.
func (*carrier) Set(string, string) {}

// traceParent returns a traceparent as parseTraceParent reads it, in the form
// of version 00, which every parser reads alike; none where it is malformed.
func traceParent(value string) string {
	var caller trace.SpanContextConfig
	if !parseTraceParent(value, &caller) {
		return ""
	}
	return "00-" + caller.TraceID.String() + "-" + caller.SpanID.String() + "-" + caller.TraceFlags.String()
}

// traceState joins the values of all tracestate headers into the one list that
// they are (section 3.3.1 of W3C Trace Context), without the empty members it
// allows and without the repeated keys it forbids, of which the first, the
// most recent, is kept. An over-long list is dropped whole, as the parser would.
func traceState(values []string) string {
	length := 0
	for _, value := range values {
		length += len(value)
	}
	switch {
	case length == 0 || length > maxStateLength:
		return ""
	case len(values) == 1 && isPlainState(values[0]):
		return values[0]
	}
	members := make([]string, 0, maxStateMembers)
	for _, value := range values {
		for member := range strings.SplitSeq(value, ",") {
			member = strings.Trim(member, " \t")
			if member == "" || repeatsKey(members, member) {
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

// isPlainState tells whether the list has a single member, the usual case.
func isPlainState(s string) bool { return !strings.ContainsAny(s, ", \t") }

func repeatsKey(members []string, member string) bool {
	key, _, _ := strings.Cut(member, "=")
	for _, earlier := range members {
		if k, _, _ := strings.Cut(earlier, "="); k == key {
			return true
		}
	}
	return false
}
