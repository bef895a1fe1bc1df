package forwarded

import (
	"strings"
)

// forwardedElement is one element of a Forwarded header (RFC 7239, section 4),
// written by one proxy.
type forwardedElement struct {
	client, proto, host string
	// params are the parameters that the element has, with or without a valid value.
	params forwardedParams
}

// parseElement parses one element of a Forwarded header. It ignores the values of an element
// that has a parameter twice, which the RFC forbids: if a proxy has copied a client's value
// without quoting it, the client may have forged one of the two parameters.
func parseElement(entry string) (element forwardedElement) {
	for more := true; more; {
		pair := entry
		end := indexOutsideQuotes(entry, ';')
		if more = end >= 0; more {
			pair, entry = entry[:end], entry[end+1:]
		}
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		value = unquote(value)
		repeated := false
		switch {
		case strings.EqualFold(name, "for"):
			element.client, repeated = value, element.params.add(paramFor)
		case strings.EqualFold(name, "proto"):
			element.proto, repeated = value, element.params.add(paramProto)
		case strings.EqualFold(name, "host"):
			element.host, repeated = value, element.params.add(paramHost)
		}
		if repeated {
			return forwardedElement{params: element.params}
		}
	}
	return element
}

// forwardedParams is a set of parameters of an element.
type forwardedParams uint8

const (
	paramFor forwardedParams = 1 << iota
	paramProto
	paramHost
)

// add adds a parameter to the set, and reports whether the set already had it.
func (s *forwardedParams) add(parameter forwardedParams) (repeated bool) {
	repeated = s.has(parameter)
	*s |= parameter
	return repeated
}

// has reports whether the set has a parameter.
func (s *forwardedParams) has(parameter forwardedParams) bool { return *s&parameter != 0 }

// unquote returns the value of a quoted string (RFC 9110, section 5.6.4), or value itself if
// it is not quoted. It returns "" if the closing quote is missing.
func unquote(value string) string {
	if !strings.HasPrefix(value, `"`) {
		return value
	}
	if len(value) < 2 || value[len(value)-1] != '"' {
		return ""
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

// indexOutsideQuotes returns the index of the first separator outside quoted
// strings, or -1.
func indexOutsideQuotes(s string, separator byte) int {
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

// lastIndexOutsideQuotes returns the index of the last separator outside quoted strings,
// or -1. It searches from the right, where the nearest proxy has written, so an unbalanced
// quote that a client wrote further left has no effect.
func lastIndexOutsideQuotes(s string, separator byte) int {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case s[i] == '"' && !isNextEscaped(s[:i]):
			quoted = !quoted
		case s[i] == separator && !quoted:
			return i
		}
	}
	return -1
}

// isNextEscaped reports whether the character after s is escaped by a backslash.
func isNextEscaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}
