package page

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// escapeInvisible escapes characters that a page would hide or misinterpret: invalid
// UTF-8, control characters, and characters that change the direction of text. They are
// written as \x00 or \u202e. Line feeds and tabs are kept.
func escapeInvisible(s string) string {
	clean := true
	for _, r := range s {
		if !isPlainRune(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case isPlainRune(r):
			b.WriteString(s[i : i+size])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// isPlainRune reports whether a rune is shown unchanged. It returns false for
// utf8.RuneError, which also stands for invalid bytes.
func isPlainRune(r rune) bool {
	return r == '\n' || r == '\t' || r != utf8.RuneError && strconv.IsGraphic(r)
}

// escapeAndShorten is like escapeInvisible, but keeps at most limit bytes of the text and
// says how much is omitted.
func escapeAndShorten(s string, limit int) string {
	if len(s) <= limit {
		return escapeInvisible(s)
	}
	end := limit
	for end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… and %d bytes more", escapeInvisible(s[:end]), len(s)-end)
}
