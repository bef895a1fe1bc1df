package exclude

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// parseExpression parses a rule of kindExpression, without its prefix "~".
func parseExpression(text string) (rule, error) {
	if text == "" {
		return rule{}, errors.New(`has no expression after "~"`)
	}
	if target := strings.TrimPrefix(text, "^"); strings.HasPrefix(target, "http") && strings.Contains(target, "://") {
		return rule{}, errors.New("contains a scheme and host, which are never matched: write the path alone")
	}
	expression, err := regexp.Compile(text)
	if err != nil {
		return rule{}, fmt.Errorf("is not a valid RE2 expression: %w", err)
	}
	var s bracketScanner
	for i := 0; i < len(text); i++ {
		i += s.step(text[i:])
	}
	// Package regexp reads an unclosed { as a literal. Refuse it, because splitRules waits
	// for the closing brace: the text may contain all rules that follow in the list.
	if s.isOpen() {
		return rule{}, errors.New(`has an unclosed bracket: write a literal bracket with a backslash, such as "\{"`)
	}
	if matchesEverything(text) {
		return rule{}, errors.New(`matches every path: write "/**" to exclude everything`)
	}
	return rule{kind: kindExpression, text: text, expression: expression}, nil
}

// matchesEverything reports whether the expression matches every path because it requires
// nothing, or only a character, such as ".*", "^/", "^.+$" or "healthz|". It does not detect
// all such expressions.
func matchesEverything(expression string) bool {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return false
	}
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	if parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	}
	if end := len(parts) - 1; end > 0 && parts[end].Op == syntax.OpEndText && isAnyText(parts[end-1]) {
		parts = parts[:end]
	}
	// Every path has at least a slash.
	if len(parts) > 0 && (parts[0].String() == "/" || isAnyCharacter(parts[0]) || parts[0].Op == syntax.OpPlus && isAnyText(parts[0])) {
		parts = parts[1:]
	}
	for _, part := range parts {
		if !matchesEmpty(part) {
			return false
		}
	}
	return true
}

// isAnyText reports whether re is a repeated dot, such as .* or .+?.
func isAnyText(re *syntax.Regexp) bool {
	return (re.Op == syntax.OpStar || re.Op == syntax.OpPlus) && isAnyCharacter(re.Sub[0])
}

// isAnyCharacter reports whether re is a dot.
func isAnyCharacter(re *syntax.Regexp) bool {
	return re.Op == syntax.OpAnyChar || re.Op == syntax.OpAnyCharNotNL
}

// matchesEmpty reports whether re matches the empty string everywhere in a path. It
// returns false for assertions such as ^ and \b, which match only at some positions.
func matchesEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || matchesEmpty(re.Sub[0])
	case syntax.OpPlus, syntax.OpCapture:
		return matchesEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !matchesEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if matchesEmpty(sub) {
				return true
			}
		}
		return false
	default:
		return false
	}
}
