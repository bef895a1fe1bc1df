package route

import (
	"net/url"
	"strings"
)

// Join puts the prefix that an outer router stripped, as http.StripPrefix
// does, back before the inner router's route.
func Join(outerRoute, outerPath, innerRoute, innerPath string) string {
	return MountPrefix(outerRoute, outerPath, innerPath) + innerRoute
}

// MountPrefix returns the part of a template that stands for what is missing
// from the front of a path in what is left of it. It is "" if nothing is, or if
// the template says nothing of it: what a client has sent is never a part of a
// route.
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
		start := end + 1 // behind the slash
		end = len(template)
		if i := strings.IndexByte(template[start:], '/'); i >= 0 {
			end = start + i
		}
		if !standsFor(template[start:end], segment) {
			return ""
		}
	}
	return template[:end]
}

// standsFor tells whether a segment of a template stands for one of a path. A
// wildcard may stand for several, so it is not known for which.
func standsFor(template, segment string) bool {
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
