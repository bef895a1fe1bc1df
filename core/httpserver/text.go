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

// text makes a string that came from outside fit for an attribute: bounded,
// valid UTF-8 (one invalid byte costs the whole batch, because protobuf
// refuses it) and, where transient, owned. What is well already is returned as
// it is.
func text(s string, transient bool) string {
	return bounded(s, maxText, transient)
}

func bounded(s string, limit int, transient bool) string {
	if len(s) > limit {
		s = s[:limit]
		// Cutting through a character must not leave half of it.
		for i := 1; i < utf8.UTFMax && i < len(s); i++ {
			if r, _ := utf8.DecodeLastRuneInString(s); r != utf8.RuneError {
				break
			}
			s = s[:len(s)-1]
		}
		// A part of a string keeps the whole of it in memory.
		transient = true
	}
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	if transient {
		return strings.Clone(s)
	}
	return s
}
