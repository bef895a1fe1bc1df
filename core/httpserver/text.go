package httpserver

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxTextLength limits the length, in bytes, of attributes that a client can set.
	maxTextLength = 4096
	// maxStackLength limits the stack trace of an exception event, in bytes.
	maxStackLength = 16 << 10
)

// validText makes a received string valid as an attribute. It limits the length and
// replaces invalid UTF-8, because a single invalid byte makes a protobuf receiver reject
// the whole batch. A string that is already valid is returned unchanged.
func validText(s string) string {
	return limitText(s, maxTextLength)
}

// limitText returns s as valid UTF-8 of at most limit bytes. A shortened string is a copy, so
// that it does not keep s in memory.
func limitText(s string, limit int) string {
	isWhole := len(s) <= limit
	if !isWhole {
		s = truncate(s, limit)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		// Check the length again: the replacement character is longer than the byte that
		// it replaces.
		if len(s) <= limit {
			return s
		}
		s, isWhole = truncate(s, limit), false
	}
	if !isWhole {
		// A substring would keep the whole string in memory.
		return strings.Clone(s)
	}
	return s
}

// truncate shortens s to limit without splitting a character. s must be longer than
// limit.
func truncate(s string, limit int) string {
	end := limit
	for end > 0 && limit-end < utf8.UTFMax-1 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
