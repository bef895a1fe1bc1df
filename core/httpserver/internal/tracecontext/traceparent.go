// Package tracecontext reads the caller's context from request headers: traceparent,
// tracestate and the fields of other propagators. It uses span contexts, but no spans. It
// imports OpenTelemetry's API, and internal packages for received requests and context
// values.
package tracecontext

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/received"
)

// These constants describe the format of traceparent (W3C Trace Context, section 3.2).
const (
	traceIDOffset   = len("00-")
	spanIDOffset    = traceIDOffset + 32 + len("-")
	flagsOffset     = spanIDOffset + 16 + len("-")
	version00Length = flagsOffset + 2
	invalidVersion  = 0xff
)

// parseRemoteParent reads the span context from the headers into parent and reports
// whether it is valid. Two traceparent headers are ambiguous, even if they are equal, and
// thus not valid.
func parseRemoteParent(header Header, parent *trace.SpanContextConfig) (ok bool) {
	if raw, isRaw := header.(received.RawHeader); isRaw {
		if values := raw.RawValues(traceparentHeader); len(values) == 1 {
			ok = parseTraceparent(values[0], parent)
		}
	} else if values := header.Values(traceparentHeader); len(values) == 1 {
		ok = parseTraceparent(values[0], parent)
	}
	if !ok {
		return false
	}
	if values := header.Values(tracestateHeader); len(values) > 0 {
		parseTraceState(joinTracestate(values), parent)
	}
	return true
}

// parseTraceState parses a list that joinTracestate returned, and stores it in parent.
func parseTraceState(list string, parent *trace.SpanContextConfig) {
	if list != "" {
		// An invalid tracestate does not invalidate the traceparent (section 3.3).
		parent.TraceState, _ = trace.ParseTraceState(list)
	}
}

// parseTraceparent parses a traceparent into config and reports whether it is valid. It
// ignores white space around the value, which some servers keep. Version 00 ends with the
// flags; a later version may continue after another dash. In all versions, unknown flags
// are ignored, since a later level of the recommendation may define them, as Level 2
// defined the random flag.
func parseTraceparent[T string | []byte](value T, config *trace.SpanContextConfig) bool {
	for len(value) > 0 && isBlank(value[0]) {
		value = value[1:]
	}
	for len(value) > 0 && isBlank(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	// An array of fixed length, to avoid bounds checks.
	var fields [version00Length]byte
	if copy(fields[:], value) < version00Length {
		return false
	}
	if fields[traceIDOffset-1] != '-' || fields[spanIDOffset-1] != '-' || fields[flagsOffset-1] != '-' {
		return false
	}
	version := highDigits[fields[0]] | lowDigits[fields[1]]
	flags := highDigits[fields[flagsOffset]] | lowDigits[fields[flagsOffset+1]]
	all := version | flags
	var traceID trace.TraceID
	for i := range traceID {
		octet := highDigits[fields[traceIDOffset+2*i]] | lowDigits[fields[traceIDOffset+2*i+1]]
		traceID[i] = byte(octet)
		all |= octet
	}
	var spanID trace.SpanID
	for i := range spanID {
		octet := highDigits[fields[spanIDOffset+2*i]] | lowDigits[fields[spanIDOffset+2*i+1]]
		spanID[i] = byte(octet)
		all |= octet
	}
	if all >= invalidDigit {
		return false
	}
	if len(value) > version00Length && (version == 0 || value[version00Length] != '-') || version == invalidVersion {
		return false
	}
	config.TraceID, config.SpanID = traceID, spanID
	config.TraceFlags = trace.TraceFlags(flags) & (trace.FlagsSampled | trace.FlagsRandom)
	return traceID.IsValid() && spanID.IsValid()
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// invalidDigit marks a character that is no digit. It is greater than 0xff, the largest
// value of two digits, so any result of at least invalidDigit is invalid.
const invalidDigit = 0x100

// highDigits and lowDigits map a character to its value as the first and the second of
// two lower-case hexadecimal digits. Any other character has the value invalidDigit.
var highDigits, lowDigits = func() (high, low [256]uint16) {
	for i := range high {
		high[i], low[i] = invalidDigit, invalidDigit
	}
	for i, digit := range []byte("0123456789abcdef") {
		high[digit], low[digit] = uint16(i)<<4, uint16(i)
	}
	return high, low
}()
