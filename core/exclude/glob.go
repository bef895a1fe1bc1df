package exclude

import (
	"errors"
	"fmt"
	"strings"
)

// doubleStar is the glob segment that matches any number of segments.
const doubleStar = "**"

// glob holds the segments of a glob rule. A segment may contain stars. The text between
// the stars is compared byte by byte, which is correct for UTF-8.
type glob []string

// parseGlob parses a path with wildcards.
func parseGlob(text string) (rule, error) {
	if text == "*" {
		return rule{}, errors.New(`is unclear: write "/*" for every path of one segment, or "/**" for everything`)
	}
	text = addLeadingSlash(strings.TrimRight(text, "/"))
	segments := glob(strings.Split(text[1:], "/"))
	for _, segment := range segments {
		if segment == "" {
			return rule{}, errors.New(`has an empty segment, "//": remove one of the slashes`)
		}
		if segment != doubleStar && strings.Contains(segment, doubleStar) {
			return rule{}, fmt.Errorf(`has "**" inside the segment %q: "**" must stand alone between slashes, "*" matches within a segment`, segment)
		}
	}
	return rule{kind: kindGlob, text: text, glob: segments}, nil
}

// matchPath reports whether g matches the whole path. On a mismatch, it backtracks only
// to the last **, because the last ** can match anything that an earlier ** could match
// instead. This limits the time to the product of the lengths.
func (g glob) matchPath(path string) bool {
	if path[0] != '/' {
		return false
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	pos := 0 // index of the slash before the next segment of the path, or len(path)
	if path == "/" {
		pos = len(path)
	}
	next := 0                  // index of the next segment of g
	resume, resumePos := -1, 0 // values of next and pos to resume with after a mismatch
	for pos < len(path) {
		end := segmentEnd(path, pos)
		switch {
		case next < len(g) && g[next] == doubleStar:
			next++
			if next == len(g) {
				return true
			}
			resume, resumePos = next, pos
		case next < len(g) && matchSegment(g[next], path[pos+1:end]):
			next++
			pos = end
		case resume >= 0:
			resumePos = segmentEnd(path, resumePos)
			next, pos = resume, resumePos
		default:
			return false
		}
	}
	for next < len(g) && g[next] == doubleStar {
		next++
	}
	return next == len(g)
}

// segmentEnd returns the index of the end of the segment that follows path[slash].
func segmentEnd(path string, slash int) int {
	if length := strings.IndexByte(path[slash+1:], '/'); length >= 0 {
		return slash + 1 + length
	}
	return len(path)
}

// matchSegment reports whether a pattern without slashes matches a segment. The
// pattern "*" does not match an empty segment.
func matchSegment(pattern, segment string) bool {
	if pattern == "*" {
		return segment != ""
	}
	p, s := 0, 0
	star, starAt := -1, 0
	for s < len(segment) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, starAt = p, s
			p++
		case p < len(pattern) && pattern[p] == segment[s]:
			p++
			s++
		case star >= 0:
			starAt++
			p, s = star+1, starAt
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
