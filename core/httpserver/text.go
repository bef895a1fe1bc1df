package httpserver

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxTextLength limits attributes that a client chooses, in bytes.
	maxTextLength = 4096
	// maxStackLength limits the stack trace of an exception event, in bytes.
	maxStackLength = 16 << 10
)

// validText makes a received string valid as an attribute: limited in length and
// valid UTF-8, since protobuf rejects a whole batch for one invalid byte. A
// string that is already valid is returned unchanged.
func validText(s string) string {
	return limitText(s, maxTextLength)
}

func limitText(s string, limit int) string {
	whole := len(s) <= limit
	if !whole {
		s = truncate(s, limit)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		// The replacement character is longer than what it replaces.
		if len(s) <= limit {
			return s
		}
		s, whole = truncate(s, limit), false
	}
	if !whole {
		// A substring would keep the whole string in memory.
		return strings.Clone(s)
	}
	return s
}

// truncate shortens s, which is longer than limit, without splitting a character.
func truncate(s string, limit int) string {
	end := limit
	for end > 0 && limit-end < utf8.UTFMax-1 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
