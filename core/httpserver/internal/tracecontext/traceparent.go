// Package tracecontext reads what a request's headers say of its caller: traceparent,
// tracestate and the fields of other propagators. It knows no span but the caller's
// identity, and imports OpenTelemetry's API and what adapters and contexts share.
package tracecontext

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/received"
)

// A traceparent: W3C Trace Context, section 3.2.
const (
	traceIDAt      = len("00-")
	spanIDAt       = traceIDAt + 32 + len("-")
	flagsAt        = spanIDAt + 16 + len("-")
	lengthOf00     = flagsAt + 2
	invalidVersion = 0xff
)

// remoteParent reads the span context that the headers name into parent and
// tells whether they name one. Two headers contradict each other, even if they
// are the same.
func remoteParent(header Header, parent *trace.SpanContextConfig) (ok bool) {
	if raw, isRaw := header.(received.RawHeader); isRaw {
		if values := raw.RawValues(traceparentHeader); len(values) == 1 {
			ok = parseTraceParent(values[0], parent)
		}
	} else if values := header.Values(traceparentHeader); len(values) == 1 {
		ok = parseTraceParent(values[0], parent)
	}
	if !ok {
		return false
	}
	if values := header.Values(tracestateHeader); len(values) > 0 {
		// A state that cannot be read costs no caller its trace: section 3.3.
		parent.TraceState, _ = trace.ParseTraceState(traceState(values))
	}
	return true
}

// parseTraceParent reads a traceparent into config and tells whether it is a
// valid one. White space that some servers leave around a header's value is no
// part of it. Version 00 ends with its flags, a later one may go on after
// another dash; the flags that are not known are ignored in both: a later level
// of the recommendation may define them, as Level 2 did with random, and its
// callers are not to lose their traces for it.
func parseTraceParent[T string | []byte](value T, config *trace.SpanContextConfig) bool {
	for len(value) > 0 && isBlank(value[0]) {
		value = value[1:]
	}
	for len(value) > 0 && isBlank(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	if len(value) < lengthOf00 || value[traceIDAt-1] != '-' || value[spanIDAt-1] != '-' || value[flagsAt-1] != '-' {
		return false
	}
	var version, flags [1]byte
	if !unhex(version[:], value, 0) || !unhex(config.TraceID[:], value, traceIDAt) ||
		!unhex(config.SpanID[:], value, spanIDAt) || !unhex(flags[:], value, flagsAt) {
		return false
	}
	if len(value) > lengthOf00 && (version[0] == 0 || value[lengthOf00] != '-') || version[0] == invalidVersion {
		return false
	}
	config.TraceFlags = trace.TraceFlags(flags[0]) & (trace.FlagsSampled | trace.FlagsRandom)
	return config.TraceID.IsValid() && config.SpanID.IsValid()
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// unhex fills dst with what the lower-case hexadecimal digits of value from
// position at stand for.
func unhex[T string | []byte](dst []byte, value T, at int) bool {
	invalid := byte(0)
	for i := range dst {
		high, low := digits[value[at+2*i]], digits[value[at+2*i+1]]
		dst[i] = high<<4 | low
		invalid |= high | low
	}
	return invalid < 0x10
}

// digits are the values of hexadecimal digits; what is none has more bits.
var digits = func() (table [256]byte) {
	for i := range table {
		table[i] = 0xff
	}
	for i, digit := range []byte("0123456789abcdef") {
		table[digit] = byte(i)
	}
	return table
}()
