package repository

import (
	"strings"
	"unicode"
)

// Slug returns GitHub's anchor for a heading: the heading in lower case, with hyphens for
// spaces, and without characters other than letters, digits, underscores and hyphens.
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
