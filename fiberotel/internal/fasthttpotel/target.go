package fasthttpotel

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// target is the target of a request from the request line and the Host header, as the
// client sent it. fasthttp's URI is not used, since it changes if a middleware further
// out changes the path.
type target struct{ authority, path, query []byte }

// targetOf reads the target of a request. A target in absolute form has its own
// authority; the Host header is then ignored (RFC 9112, section 3.2.2).
func targetOf(header *fasthttp.RequestHeader) (t target) {
	t.authority, t.path = splitTarget(header.RequestURI())
	if len(t.authority) == 0 {
		t.authority = header.Host()
	}
	t.path, t.query = cutQuery(t.path)
	return t
}

// splitTarget returns the authority of a target in absolute form, and the rest of the
// target.
func splitTarget(uri []byte) (authority, rest []byte) {
	if len(uri) > 0 && uri[0] == '/' {
		return nil, uri
	}
	if scheme := bytes.Index(uri, []byte("://")); scheme > 0 && !bytes.ContainsAny(uri[:scheme], "/?#") {
		return cutAuthority(uri[scheme+len("://"):])
	}
	return nil, uri
}

// cutQuery splits a path and its query. It drops a fragment, which is not meant
// for the server.
func cutQuery(rest []byte) (path, query []byte) {
	rest, _, _ = bytes.Cut(rest, []byte("#"))
	path, query, _ = bytes.Cut(rest, []byte("?"))
	return path, query
}

// cutAuthority splits the part of a URI after the scheme. It drops user information from
// the authority, because it may be secret.
func cutAuthority(uri []byte) (authority, rest []byte) {
	end := bytes.IndexAny(uri, "/?#")
	if end < 0 {
		end = len(uri)
	}
	authority, rest = uri[:end], uri[end:]
	authority = authority[bytes.LastIndexByte(authority, '@')+1:]
	if len(rest) == 0 {
		rest = []byte("/")
	}
	return authority, rest
}
