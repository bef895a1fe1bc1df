package repository

import (
	"strings"
	"unicode"
)

// Slug is the anchor that GitHub gives a heading with this text: in lower case,
// with hyphens for spaces, and without what is neither a letter, a digit, an
// underscore nor a hyphen.
func Slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, heading)
}
