package tracetree

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// escapeUnprintable returns s on one line, with all unprintable characters escaped. Without
// that, a name or value that a client has chosen could control the terminal.
func escapeUnprintable(s string) string {
	isUnprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.IndexFunc(s, isUnprintable) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				fmt.Fprintf(&b, `\x%02x`, s[i])
			} else {
				b.WriteRune(r)
			}
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// quoteValue returns an attribute's value. It is quoted if it could be confused with the
// text that follows.
func quoteValue(s string) string {
	s = escapeUnprintable(s)
	if s == "" || strings.ContainsAny(s, ` "`) {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}

// displayWidth returns the width of s in a terminal. It counts each character as 1, even a
// wide or combining character.
func displayWidth(s string) int { return utf8.RuneCountInString(s) }

// truncate shortens s to a display width of at most width.
func truncate(s string, width int) string {
	if displayWidth(s) <= width {
		return s
	}
	runes := []rune(s)
	return string(runes[:max(width-1, 0)]) + "…"
}

// pad appends spaces to s up to a display width of width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-displayWidth(s), 0))
}

// padLeft puts spaces before s up to a display width of width.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(width-displayWidth(s), 0)) + s
}

// formatDuration formats d with about three digits and its unit.
func formatDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// pluralize formats n and a noun, such as "1 span" or "2 spans".
func pluralize(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
