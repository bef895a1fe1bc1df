package exclude

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// checkPath returns an error for a path rule that can never match, or that probably does not
// match what its author intended. Without this check, the rule would silently have no effect.
func checkPath(text string) error {
	for _, check := range []func(string) error{
		rejectMisspelledPrefix, rejectURL, rejectHost, rejectSpace, rejectUnmarkedExpression, rejectTemplate, rejectEscape,
	} {
		if err := check(text); err != nil {
			return err
		}
	}
	return nil
}

// knownMethods are the methods that the checks recognize in an invalid rule.
var knownMethods = []string{
	"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
}

// rejectMisspelledPrefix returns an error for a misspelt prefix, such as "Agent:", for a method without
// a path, and for syntax that rules do not have, such as "!" or quotation marks.
func rejectMisspelledPrefix(text string) error {
	lower := strings.ToLower(text)
	switch {
	case slices.Contains(knownMethods, text):
		return fmt.Errorf(`is a method without a path: write "%s /healthz" for a path, "%s /**" for every path, or "/%s" for a path of that name`, text, text, text)
	case strings.HasPrefix(lower, "agent:"), strings.HasPrefix(lower, "user-agent:"):
		return errors.New(`a rule for a User-Agent begins with "agent:", such as "agent:kube-probe/"`)
	case strings.HasPrefix(text, "!"):
		return errors.New(`rules cannot be negated: list what is to be excluded, or write an expression with "~"`)
	case strings.ContainsAny(text[:1]+text[len(text)-1:], "\"'`"):
		return errors.New("begins or ends with a quotation mark: remove the quotation marks")
	}
	return nil
}

// rejectURL returns an error for rules with a scheme, a query or a fragment.
func rejectURL(text string) error {
	switch {
	case strings.Contains(text, "://"):
		return errors.New(`contains a scheme and host, which are never matched: write the path alone, such as "/healthz"`)
	case strings.HasPrefix(text, "//"):
		return errors.New(`begins with "//", like a host, which is never matched: begin the path with a single slash`)
	case strings.Contains(text, "?"):
		return errors.New(`has a "?": queries are never matched, and "?" is not a wildcard; write the path alone`)
	case strings.Contains(text, "#"):
		return errors.New(`has a "#": fragments are never sent to a server; write the path alone`)
	}
	return nil
}

// rejectHost returns an error for rules with a host, such as "example.com/healthz" or
// "localhost:8080". A rule with a leading slash is always a path.
func rejectHost(text string) error {
	if strings.HasPrefix(text, "/") {
		return nil
	}
	first, _, hasMore := strings.Cut(text, "/")
	if isHostLike(first, hasMore) {
		return fmt.Errorf(`%q looks like a host, which is never matched: write the path alone, or "/%s" if it is a path`, first, text)
	}
	return nil
}

// isHostLike reports whether the beginning of a rule looks like a host. first is the text
// before the first slash, and hasMore is true if there is a slash.
func isHostLike(first string, hasMore bool) bool {
	if port, found := cutAfterLast(first, ':'); found && isDigits(port) {
		return true
	}
	if _, err := netip.ParseAddr(strings.Trim(first, "[]")); err == nil || first == "localhost" && hasMore {
		return true
	}
	// A rule with one dot and without a slash is a file, such as favicon.ico.
	dots := strings.Count(first, ".")
	if dots == 0 || dots == 1 && !hasMore || strings.HasPrefix(first, ".") {
		return false
	}
	extension, _ := cutAfterLast(first, '.')
	return len(extension) > 1 && strings.IndexFunc(extension, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

// cutAfterLast returns the part of s after the last separator, and whether s has a separator.
func cutAfterLast(s string, separator byte) (tail string, found bool) {
	i := strings.LastIndexByte(s, separator)
	return s[i+1:], i >= 0
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// rejectSpace returns an error for rules with a space in the path, and for methods that are not
// in upper case.
func rejectSpace(text string) error {
	space := strings.IndexFunc(text, unicode.IsSpace)
	if space < 0 {
		return nil
	}
	if first := strings.ToUpper(text[:space]); slices.Contains(knownMethods, first) && first != text[:space] {
		return fmt.Errorf(`methods are upper-case: write "%s%s"`, first, text[space:])
	}
	return errors.New(`has a space: separate rules by commas, put at most one method in front of a path, and match a space with an expression such as "~^/my file$"`)
}

// rejectUnmarkedExpression returns an error for regular expressions without the prefix ~.
func rejectUnmarkedExpression(text string) error {
	if strings.HasPrefix(text, "^") || strings.HasSuffix(text, "$") ||
		anySegment(text, func(s string) bool { return strings.HasPrefix(s, ".*") }) ||
		strings.ContainsAny(text, `\|`) {
		return fmt.Errorf(`looks like a regular expression: begin it with "~", as in "~%s", or write a glob with "*" and "**"`, text)
	}
	return nil
}

// rejectTemplate returns an error for route templates such as /items/:id and /items/{id}.
func rejectTemplate(text string) error {
	if anySegment(text, func(s string) bool {
		return len(s) > 1 && s[0] == ':' || strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}")
	}) {
		return errors.New(`looks like a route template: rules match the paths of requests; write "*" in place of a parameter`)
	}
	return nil
}

// rejectEscape returns an error for rules with a percent-encoded byte.
func rejectEscape(text string) error {
	for i := 0; i+2 < len(text); i++ {
		if text[i] == '%' && isHex(text[i+1]) && isHex(text[i+2]) {
			return fmt.Errorf("has the escape %q, but paths are decoded before they are matched: write the character itself", text[i:i+3])
		}
	}
	return nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// anySegment reports whether condition is true for at least one segment of the path.
func anySegment(path string, condition func(string) bool) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if condition(segment) {
			return true
		}
	}
	return false
}
