package exclude

import "regexp"

// matcher holds the rules of one method, or of all methods, by kind. Cheap
// kinds are checked first.
type matcher struct {
	exactPaths        map[string]struct{}
	pathPrefixes      map[string]struct{}
	minPrefixLen      int // length of the shortest of pathPrefixes
	maxPrefixLen      int // length of the longest of pathPrefixes
	userAgentPrefixes []string
	globs             []glob
	expressions       []*regexp.Regexp
}

// add adds a rule to the field for its kind.
func (m *matcher) add(added rule) {
	switch added.kind {
	case kindExact:
		if m.exactPaths == nil {
			m.exactPaths = make(map[string]struct{})
		}
		m.exactPaths[added.text] = struct{}{}
	case kindPrefix:
		if m.pathPrefixes == nil {
			m.pathPrefixes = make(map[string]struct{})
			m.minPrefixLen = len(added.text)
		}
		m.pathPrefixes[added.text] = struct{}{}
		m.minPrefixLen = min(m.minPrefixLen, len(added.text))
		m.maxPrefixLen = max(m.maxPrefixLen, len(added.text))
	case kindAgent:
		m.userAgentPrefixes = append(m.userAgentPrefixes, added.text)
	case kindGlob:
		m.globs = append(m.globs, added.glob)
	case kindExpression:
		m.expressions = append(m.expressions, added.expression)
	}
}

// match reports whether a rule of m matches a decoded path, which must not be empty.
func match[T string | []byte](m *matcher, path T) bool {
	if len(m.exactPaths) > 0 {
		if _, found := m.exactPaths[string(path)]; found {
			return true
		}
	}
	if len(m.pathPrefixes) > 0 && matchPrefix(m, path) {
		return true
	}
	if len(m.globs)+len(m.expressions) == 0 {
		return false
	}
	text := string(path)
	if !m.matchPattern(text) {
		return false
	}
	// One router may treat an encoded slash as part of a segment, another as a separator,
	// so check both.
	normalized := normalizeSeparators(text)
	return normalized == text || m.matchPattern(normalized)
}

// matchPattern reports whether a glob or an expression matches the path.
func (m *matcher) matchPattern(path string) bool {
	for _, pattern := range m.globs {
		if pattern.matchPath(path) {
			return true
		}
	}
	for _, expression := range m.expressions {
		if expression.MatchString(path) {
			return true
		}
	}
	return false
}

// matchAgent reports whether the User-Agent begins with the text of an agent rule of m.
func matchAgent[T string | []byte](m *matcher, userAgent T) bool {
	for _, prefix := range m.userAgentPrefixes {
		if len(userAgent) >= len(prefix) && string(userAgent[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}

// matchPrefix looks up each prefix of the path that ends at a segment boundary. It skips
// prefixes that are longer than every rule, so that a long path does not take more time.
func matchPrefix[T string | []byte](m *matcher, path T) bool {
	for end := m.minPrefixLen; end <= m.maxPrefixLen && end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		if _, found := m.pathPrefixes[string(path[:end])]; found {
			return true
		}
	}
	return false
}
