package route

import (
	"net/url"
	"strings"
)

// Join returns the full route of a request if an outer router has stripped a prefix from
// the path before calling an inner router. It puts the part of outerRoute that matches the
// prefix before innerRoute.
func Join(outerRoute, outerPath, innerRoute, innerPath string) string {
	return MountPrefix(outerRoute, outerPath, innerPath) + innerRoute
}

// MountPrefix compares path with routedPath, from which a router may have stripped a
// prefix, and returns the part of template that matches the prefix. It returns "" if path
// has no such prefix or the template does not match it: text that a client has sent must
// not become part of a route.
func MountPrefix(template, path, routedPath string) string {
	stripped, ok := strings.CutSuffix(path, routedPath)
	if !ok && routedPath == "/" {
		stripped, ok = path, true // for example, the path /api is routed as /
	}
	if !ok || !strings.HasPrefix(stripped, "/") || routedPath != "" && routedPath[0] != '/' {
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

// matchesSegment reports whether a segment of a template matches exactly one segment of a
// path. It reports false for a wildcard, which may cover several segments.
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
