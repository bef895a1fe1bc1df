package exclude

import "strings"

// splitRules splits a comma-separated list into rules. It trims the space around rules
// and drops empty elements.
func splitRules(list string) []string {
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

// elementEnd returns the index of the comma after the first rule of the list,
// or the length of the list.
func elementEnd(list string) int {
	_, rest := cutMethod(strings.TrimSpace(list))
	if strings.HasPrefix(rest, expressionPrefix) {
		return expressionEnd(list)
	}
	if comma := strings.IndexByte(list, ','); comma >= 0 {
		return comma
	}
	return len(list)
}

// expressionEnd is like elementEnd, for a list that begins with an expression. If a bracket
// is not closed, it returns the length of the list, so that parsing the expression fails.
func expressionEnd(list string) int {
	var s bracketScanner
	for i := 0; i < len(list); i++ {
		if list[i] == ',' && s.depth == 0 && !s.inClass {
			return i
		}
		i += s.step(list[i:])
	}
	return len(list)
}

// bracketScanner tracks the brackets of an RE2 expression.
type bracketScanner struct {
	depth   int  // how many brackets () and {} are open
	inClass bool // whether a character class [] is open
}

// isOpen reports whether a bracket is open.
func (s *bracketScanner) isOpen() bool { return s.depth > 0 || s.inClass }

// step reads the first byte of rest. It returns how many of the following bytes the caller
// must skip, because they belong to the same escape or character class.
func (s *bracketScanner) step(rest string) (skip int) {
	switch c := rest[0]; {
	case c == '\\':
		return escapeLen(rest)
	case s.inClass:
		if strings.HasPrefix(rest, "[:") {
			if end := strings.Index(rest, ":]"); end >= 0 {
				return end + len(":]") - 1
			}
		}
		s.inClass = c != ']'
	case c == '[':
		s.inClass = true
		return classStartLen(rest)
	case c == '(', c == '{':
		s.depth++
	case c == ')', c == '}':
		s.depth = max(0, s.depth-1)
	}
	return 0
}

// escapeLen returns how many bytes after a backslash belong to the escape.
func escapeLen(rest string) int {
	if strings.HasPrefix(rest, `\Q`) {
		if end := strings.Index(rest, `\E`); end >= 0 {
			return end + len(`\E`) - 1
		}
		return len(rest) - 1
	}
	return min(1, len(rest)-1)
}

// classStartLen returns how many bytes after a [ cannot end the class: a
// negation, and a ] in first position.
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
