package httpserver

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxText bounds, in bytes, an attribute that a client chooses, so that a
	// megabyte of path is not a megabyte of telemetry.
	maxText = 4096
	// maxStack bounds, in bytes, the stack of an exception event.
	maxStack = 16 << 10
)

// text makes a string that came from outside fit for an attribute: bounded and
// valid UTF-8 (one invalid byte costs the whole batch, because protobuf refuses
// it). What is well already is returned as it is.
func text(s string) string {
	return bounded(s, maxText)
}

func bounded(s string, limit int) string {
	whole := len(s) <= limit
	if !whole {
		s = cut(s, limit)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		// The replacement is longer than what it replaces.
		if len(s) <= limit {
			return s
		}
		s, whole = cut(s, limit), false
	}
	if !whole {
		// A part of a string keeps the whole of it in memory.
		return strings.Clone(s)
	}
	return s
}

// cut shortens s, which is longer than limit, and leaves no half of a
// character at its end.
func cut(s string, limit int) string {
	end := limit
	for end > 0 && limit-end < utf8.UTFMax-1 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
