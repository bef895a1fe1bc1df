package stdhttp

import (
	"net/http"
	"net/url"
	"strings"
)

// sentTarget returns the path and the query of r as the client sent them. For a target in
// absolute form, it also returns the authority, which replaces the Host header (RFC 9112,
// section 3.2.2). It does not use r.URL, which a middleware may have changed.
//
// If the request was not received by a server, it has no RequestURI, and r.URL is used.
// The target of CONNECT is an authority and has no path.
func sentTarget(r *http.Request) (path, query, authority string) {
	switch requestURI := r.RequestURI; {
	case strings.HasPrefix(requestURI, "/"), requestURI == "*":
		if questionMark := strings.IndexByte(requestURI, '?'); questionMark >= 0 {
			return requestURI[:questionMark], requestURI[questionMark+1:], ""
		}
		return requestURI, "", ""
	case requestURI != "" && r.Method == http.MethodConnect:
		return "", "", ""
	default:
		if scheme, afterScheme, ok := strings.Cut(requestURI, "://"); ok && isScheme(scheme) {
			return splitAbsolute(afterScheme)
		}
	}
	if r.URL == nil {
		return "", "", ""
	}
	return r.URL.EscapedPath(), r.URL.RawQuery, ""
}

// routedPath returns the percent-encoded path of u if it differs from sent, the path that
// the client sent.
func routedPath(u *url.URL, sent string) string {
	if u == nil || u.Path == sent {
		return ""
	}
	if decoded, err := url.PathUnescape(sent); err == nil && decoded == u.Path {
		return ""
	}
	return u.EscapedPath()
}

// Route returns the path of an http.ServeMux pattern: "GET example.com/a/{$}"
// becomes /a/, since {$} is an anchor and not part of the path.
func Route(pattern string) string {
	slash := strings.IndexByte(pattern, '/')
	if slash < 0 {
		return ""
	}
	return strings.TrimSuffix(pattern[slash:], "{$}")
}

// splitAbsolute splits afterScheme, the part of an absolute URL after "://".
func splitAbsolute(afterScheme string) (path, query, authority string) {
	end := strings.IndexAny(afterScheme, "/?#")
	if end < 0 {
		return "/", "", stripUserInfo(afterScheme)
	}
	path, query, _ = strings.Cut(afterScheme[end:], "?")
	if path == "" {
		path = "/"
	}
	return path, query, stripUserInfo(afterScheme[:end])
}

// stripUserInfo returns an authority without user information, which may be a
// credential.
func stripUserInfo(authority string) string {
	return authority[strings.LastIndexByte(authority, '@')+1:]
}

// isScheme reports whether s is a valid URL scheme (RFC 3986, section 3.1).
func isScheme(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}
