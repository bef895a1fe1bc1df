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
	if len(value) < lengthOf00 {
		return false
	}
	fields := value[:lengthOf00]
	if fields[traceIDAt-1] != '-' || fields[spanIDAt-1] != '-' || fields[flagsAt-1] != '-' {
		return false
	}
	version := highDigits[fields[0]] | lowDigits[fields[1]]
	flags := highDigits[fields[flagsAt]] | lowDigits[fields[flagsAt+1]]
	all := version | flags
	for i := range len(config.TraceID) {
		octet := highDigits[fields[traceIDAt+2*i]] | lowDigits[fields[traceIDAt+2*i+1]]
		config.TraceID[i] = byte(octet)
		all |= octet
	}
	for i := range len(config.SpanID) {
		octet := highDigits[fields[spanIDAt+2*i]] | lowDigits[fields[spanIDAt+2*i+1]]
		config.SpanID[i] = byte(octet)
		all |= octet
	}
	if all >= notDigit {
		return false
	}
	if len(value) > lengthOf00 && (version == 0 || value[lengthOf00] != '-') || version == invalidVersion {
		return false
	}
	config.TraceFlags = trace.TraceFlags(flags) & (trace.FlagsSampled | trace.FlagsRandom)
	return config.TraceID.IsValid() && config.SpanID.IsValid()
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// notDigit is more than the value of any two digits.
const notDigit = 0x100

// highDigits and lowDigits are the values of the first and the second of two
// lower-case hexadecimal digits, and notDigit for every other character.
var highDigits, lowDigits = func() (high, low [256]uint16) {
	for i := range high {
		high[i], low[i] = notDigit, notDigit
	}
	for i, digit := range []byte("0123456789abcdef") {
		high[digit], low[digit] = uint16(i)<<4, uint16(i)
	}
	return high, low
}()
