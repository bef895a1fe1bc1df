// Package route rewrites route templates: it converts parameters from the syntax of a
// framework to that of net/http, and adds the prefix at which a router is mounted. It is
// independent of spans, and imports only the standard library.
package route

import "strings"

// Syntax describes how a framework writes route parameters.
type Syntax struct {
	// Ends are the characters that end a parameter's name. Empty means that the framework
	// writes parameters in braces.
	Ends string
	// Wildcards are the characters that stand for a wildcard without a name. If empty, a
	// star is a wildcard that may have a name.
	Wildcards string
}

// Braces converts the colon parameters and wildcards of a route to braces. A route that
// already has braces is not changed.
func (s Syntax) Braces(route string) string {
	if s.Ends == "" || !strings.ContainsAny(route, ":*+") {
		return route
	}
	var out strings.Builder
	afterText := false // whether the last character was literal
	for rest := route; rest != ""; {
		c := rest[0]
		rest = rest[1:]
		if afterText && s.mayBeLiteral(c) {
			for rest != "" && s.startsParameter(rest[0]) {
				out.WriteByte(c)
				c, rest = rest[0], rest[1:]
			}
		}
		afterText = false
		switch {
		case c == '\\' && rest != "":
			// An escaped colon or star is literal.
			out.WriteByte(rest[0])
			rest = rest[1:]
			afterText = true
		case strings.IndexByte(s.Wildcards, c) >= 0:
			out.WriteString("{...}")
		case c == ':' || c == '*' && s.Wildcards == "":
			var name string
			name, rest = s.cutName(rest)
			out.WriteByte('{')
			out.WriteString(name)
			if c == '*' {
				out.WriteString("...")
			}
			out.WriteByte('}')
		default:
			out.WriteByte(c)
			afterText = true
		}
	}
	return out.String()
}

// startsParameter reports whether c starts a parameter or is a wildcard.
func (s Syntax) startsParameter(c byte) bool {
	return c == ':' || strings.IndexByte(s.Wildcards, c) >= 0
}

// mayBeLiteral reports whether c, after literal text, is literal if another colon or wildcard
// follows, as the first colon in /color::color is. A star is always a wildcard.
func (s Syntax) mayBeLiteral(c byte) bool {
	return s.Wildcards != "" && c != '*' && s.startsParameter(c)
}

// cutName splits the text after a colon into the parameter's name and the rest of the
// route. It drops constraints (<int>) and the mark of an optional parameter (?).
func (s Syntax) cutName(route string) (name, rest string) {
	stop := strings.IndexAny(route, s.Ends)
	if stop < 0 {
		return route, ""
	}
	name, rest = route[:stop], route[stop:]
	if strings.HasPrefix(rest, "<") {
		if end := strings.IndexByte(rest, '>'); end >= 0 {
			rest = rest[end+1:]
		}
	}
	return name, strings.TrimPrefix(rest, "?")
}
