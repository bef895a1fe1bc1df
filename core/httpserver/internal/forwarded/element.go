package forwarded

import (
	"strings"
)

// forwardedElement is what one proxy wrote into a Forwarded header: RFC 7239,
// section 4.
type forwardedElement struct{ client, proto, host string }

// parseForwarded reads one element. One that names a parameter twice, which the
// RFC forbids, says nothing: a proxy that copies what a client chose without
// quoting it would let the client speak in its name.
func parseForwarded(entry string) (element forwardedElement) {
	var seen forwardedSeen
	for more := true; more; {
		pair := entry
		end := firstUnquoted(entry, ';')
		if more = end >= 0; more {
			pair, entry = entry[:end], entry[end+1:]
		}
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		value = unquoted(value)
		again := false
		switch {
		case strings.EqualFold(name, "for"):
			element.client, again = value, seen.again(seenFor)
		case strings.EqualFold(name, "proto"):
			element.proto, again = value, seen.again(seenProto)
		case strings.EqualFold(name, "host"):
			element.host, again = value, seen.again(seenHost)
		}
		if again {
			return forwardedElement{}
		}
	}
	return element
}

// forwardedSeen are the parameters that an element has named so far.
type forwardedSeen uint8

const (
	seenFor forwardedSeen = 1 << iota
	seenProto
	seenHost
)

func (s *forwardedSeen) again(parameter forwardedSeen) bool {
	again := *s&parameter != 0
	*s |= parameter
	return again
}

// unquoted returns what a quoted string (RFC 9110, section 5.6.4) stands for,
// and anything else as it is.
func unquoted(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	value = value[1 : len(value)-1]
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) {
			i++
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

// firstUnquoted returns the place of the first separator that is not in a
// quoted string, -1 if there is none.
func firstUnquoted(s string, separator byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == separator && !quoted:
			return i
		}
	}
	return -1
}

// lastUnquoted is the same from the right, where the nearest proxy has written:
// a quote that a client left open, further to the left, swallows nothing.
func lastUnquoted(s string, separator byte) int {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case s[i] == '"' && !escaped(s[:i]):
			quoted = !quoted
		case s[i] == separator && !quoted:
			return i
		}
	}
	return -1
}

// escaped tells whether what follows s is escaped by a backslash at its end.
func escaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}
