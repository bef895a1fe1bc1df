package forwarded

import (
	"strings"
)

// forwardedElement is one element of a Forwarded header (RFC 7239, section 4),
// written by one proxy.
type forwardedElement struct{ client, proto, host string }

// parseForwarded parses one element. It ignores an element that has a parameter twice,
// which the RFC forbids: if a proxy copies a client's value without quoting it, the
// client could otherwise forge parameters.
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
		repeated := false
		switch {
		case strings.EqualFold(name, "for"):
			element.client, repeated = value, seen.markSeen(seenFor)
		case strings.EqualFold(name, "proto"):
			element.proto, repeated = value, seen.markSeen(seenProto)
		case strings.EqualFold(name, "host"):
			element.host, repeated = value, seen.markSeen(seenHost)
		}
		if repeated {
			return forwardedElement{}
		}
	}
	return element
}

// forwardedSeen are the parameters of an element seen so far.
type forwardedSeen uint8

const (
	seenFor forwardedSeen = 1 << iota
	seenProto
	seenHost
)

func (s *forwardedSeen) markSeen(parameter forwardedSeen) bool {
	repeated := *s&parameter != 0
	*s |= parameter
	return repeated
}

// unquoted returns the value of a quoted string (RFC 9110, section 5.6.4), or
// value itself if it is not quoted.
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

// firstUnquoted returns the index of the first separator outside quoted
// strings, or -1.
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

// lastUnquoted returns the index of the last separator outside quoted strings, or -1. It
// searches from the right, where the nearest proxy has written, so an unbalanced quote
// that a client wrote further left has no effect.
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

// escaped reports whether the character after s is escaped by a backslash.
func escaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}
