package exclude

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// kind is what the text of a rule is compared with, and how.
type kind uint8

const (
	kindPrefix     kind = iota // the path and all paths below it
	kindExact                  // this path only
	kindGlob                   // paths that match a glob with * or **
	kindExpression             // paths that match a regular expression
	kindAgent                  // values of User-Agent with this prefix
)

// These prefixes of a rule select its kind. A rule without prefix is a path or a glob.
const (
	exactPrefix      = "="
	expressionPrefix = "~"
	agentPrefix      = "agent:"
)

// rule is a parsed rule. text is the path, glob, expression or User-Agent prefix, without
// the method and without the prefix that selects the kind. A path or glob in text always
// has a leading slash.
type rule struct {
	kind       kind
	method     string // "" for every method
	text       string
	glob       glob           // nil unless kind is kindGlob
	expression *regexp.Regexp // nil unless kind is kindExpression
}

func (r rule) String() string {
	text := r.text
	switch r.kind {
	case kindExact:
		text = exactPrefix + text
	case kindExpression:
		text = expressionPrefix + text
	case kindAgent:
		text = agentPrefix + text
	case kindPrefix, kindGlob:
	}
	if r.method != "" {
		text = r.method + " " + text
	}
	return text
}

// parseRule parses one rule, which must be non-empty and have no space around it.
func parseRule(text string) (rule, error) {
	if !utf8.ValidString(text) {
		return rule{}, errors.New("is not valid UTF-8")
	}
	method, rest := cutMethod(text)
	var parsed rule
	var err error
	switch {
	case strings.HasPrefix(rest, expressionPrefix):
		parsed, err = parseExpression(rest[len(expressionPrefix):])
	case strings.HasPrefix(rest, agentPrefix):
		parsed, err = parseAgent(rest[len(agentPrefix):])
	case strings.HasPrefix(rest, exactPrefix):
		parsed, err = parseExact(strings.TrimSpace(rest[len(exactPrefix):]))
	default:
		parsed, err = parsePath(rest)
	}
	parsed.method = method
	return parsed, err
}

// cutMethod separates an upper-case method from the rule that follows it.
func cutMethod(text string) (method, rest string) {
	end := strings.IndexAny(text, " \t")
	if end <= 0 || !isMethod(text[:end]) {
		return "", text
	}
	return text[:end], strings.TrimSpace(text[end:])
}

// isMethod reports whether s is a token (RFC 9110, section 5.6.2) that begins
// with a letter and has no lower-case letters.
func isMethod(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0):
		default:
			return false
		}
	}
	return s != ""
}

// parsePath parses a rule without a prefix: a path or a glob.
func parsePath(text string) (rule, error) {
	path := strings.TrimRight(addLeadingSlash(text), "/")
	for _, spelling := range []string{text, path} { // as written, and as String returns it
		if spelling == "" {
			continue
		}
		if err := checkPath(spelling); err != nil {
			return rule{}, err
		}
	}
	if strings.Contains(text, "*") {
		return parseGlob(text)
	}
	if path == "" {
		return rule{}, errors.New(`would exclude the whole service: write "=/" for the root alone, or "/**" to exclude everything`)
	}
	return rule{kind: kindPrefix, text: path}, nil
}

// parseExact parses a rule of kindExact, without its prefix "=".
func parseExact(text string) (rule, error) {
	if text == "" {
		return rule{}, errors.New(`has no path after "=": write "=/" for the root`)
	}
	if err := checkPath(text); err != nil {
		return rule{}, err
	}
	if strings.Contains(text, "*") {
		return rule{}, errors.New(`"=" requires a path without wildcards: remove "=" to use a glob`)
	}
	return rule{kind: kindExact, text: addLeadingSlash(text)}, nil
}

// parseAgent parses a rule of kindAgent, without its prefix "agent:".
func parseAgent(text string) (rule, error) {
	prefix := strings.TrimSpace(text)
	if prefix == "" {
		return rule{}, errors.New(`would exclude every client: write the beginning of a User-Agent, such as "agent:kube-probe/"`)
	}
	if strings.HasSuffix(prefix, "*") {
		return rule{}, fmt.Errorf(`must not end with "*", since it is a prefix: write "%s%s"`, agentPrefix, strings.TrimRight(prefix, "*"))
	}
	return rule{kind: kindAgent, text: prefix}, nil
}

// addLeadingSlash adds a leading slash to a path without one.
func addLeadingSlash(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + path
}
