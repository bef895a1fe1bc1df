package route

import (
	"net/url"
	"strings"
)

// Join adds the prefix that an outer router has stripped, as http.StripPrefix
// does, to the inner router's route.
func Join(outerRoute, outerPath, innerRoute, innerPath string) string {
	return MountPrefix(outerRoute, outerPath, innerPath) + innerRoute
}

// MountPrefix returns the part of a template that corresponds to the prefix
// missing from path in left. It returns "" if nothing is missing or the
// template does not cover it: text that a client has sent must not become part
// of a route.
func MountPrefix(template, path, left string) string {
	stripped, ok := strings.CutSuffix(path, left)
	if !ok && left == "/" {
		stripped, ok = path, true // of a path without a trailing slash
	}
	if !ok || !strings.HasPrefix(stripped, "/") || left != "" && left[0] != '/' {
		return ""
	}
	end := 0
	for segment := range strings.SplitSeq(stripped[1:], "/") {
		if end == len(template) {
			return ""
		}
		start := end + 1 // after the slash
		end = len(template)
		if i := strings.IndexByte(template[start:], '/'); i >= 0 {
			end = start + i
		}
		if !matchesSegment(template[start:end], segment) {
			return ""
		}
	}
	return template[:end]
}

// matchesSegment reports whether a segment of a template matches one segment of a
// path. A wildcard may match several, so it cannot be assigned.
func matchesSegment(template, segment string) bool {
	switch {
	case segment == "" || template == "" || strings.ContainsAny(template, "*+") || strings.HasSuffix(template, "...}"):
		return false
	case strings.ContainsAny(template, ":{"):
		return true
	}
	if strings.IndexByte(segment, '%') >= 0 {
		if decoded, err := url.PathUnescape(segment); err == nil {
			segment = decoded
		}
	}
	return strings.EqualFold(template, segment)
}
