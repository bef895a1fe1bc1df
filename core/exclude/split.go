package exclude

import "strings"

// split cuts a comma-separated list into its rules, without the space around
// them and without empty ones.
func split(list string) []string {
	var elements []string
	for list != "" {
		end := elementEnd(list)
		if element := strings.TrimSpace(list[:end]); element != "" {
			elements = append(elements, element)
		}
		if end == len(list) {
			break
		}
		list = list[end+1:]
	}
	return elements
}

// elementEnd is the index of the comma that ends the list's first rule, or the
// list's length.
func elementEnd(list string) int {
	_, rest := cutMethod(strings.TrimSpace(list))
	if strings.HasPrefix(rest, markExpression) {
		return expressionEnd(list)
	}
	if comma := strings.IndexByte(list, ','); comma >= 0 {
		return comma
	}
	return len(list)
}

// expressionEnd is elementEnd for a list that begins with an expression. Where
// a bracket stays open it is the list's length, and compiling the expression
// gives the error.
func expressionEnd(list string) int {
	var s scanner
	for i := 0; i < len(list); i++ {
		if list[i] == ',' && s.depth == 0 && !s.class {
			return i
		}
		i += s.step(list[i:])
	}
	return len(list)
}

// scanner follows the brackets of an RE2 expression.
type scanner struct {
	depth int  // of () and {}
	class bool // within []
}

// open reports whether the expression so far leaves a bracket open.
func (s *scanner) open() bool { return s.depth > 0 || s.class }

// step takes in the first character of rest and says how many bytes after it
// belong to it.
func (s *scanner) step(rest string) (skip int) {
	switch c := rest[0]; {
	case c == '\\':
		return escapeLen(rest)
	case s.class:
		if strings.HasPrefix(rest, "[:") {
			if end := strings.Index(rest, ":]"); end >= 0 {
				return end + len(":]") - 1
			}
		}
		s.class = c != ']'
	case c == '[':
		s.class = true
		return classStartLen(rest)
	case c == '(', c == '{':
		s.depth++
	case c == ')', c == '}':
		s.depth = max(0, s.depth-1)
	}
	return 0
}

// escapeLen is how many bytes after the backslash belong to the escape.
func escapeLen(rest string) int {
	if strings.HasPrefix(rest, `\Q`) {
		if end := strings.Index(rest, `\E`); end >= 0 {
			return end + len(`\E`) - 1
		}
		return len(rest) - 1
	}
	return min(1, len(rest)-1)
}

// classStartLen is how many bytes after the [ cannot end the class: a negation
// and a ] that stands first.
func classStartLen(rest string) int {
	n := 1
	if strings.HasPrefix(rest[n:], "^") {
		n++
	}
	if strings.HasPrefix(rest[n:], "]") {
		n++
	}
	return n - 1
}
