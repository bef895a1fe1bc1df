package fasthttpotel

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// target is the target of a request as the client sent it, from the request line and the
// Host header. fasthttp's URI cannot be used, since an outer middleware may have changed
// it.
type target struct {
	// authority is the host and the port.
	authority []byte
	// path is the path, without decoding.
	path []byte
	// query is the query without the question mark.
	query []byte
}

// targetOf returns the target of a request. A target in absolute form has an authority,
// which replaces the Host header (RFC 9112, section 3.2.2).
func targetOf(header *fasthttp.RequestHeader) (t target) {
	t.authority, t.path = splitTarget(header.RequestURI())
	if len(t.authority) == 0 {
		t.authority = header.Host()
	}
	t.path, t.query = cutQuery(t.path)
	return t
}

// splitTarget splits the target of a request line into authority and path with query. The
// authority is empty if the target is not in absolute form.
func splitTarget(uri []byte) (authority, pathAndQuery []byte) {
	if len(uri) > 0 && uri[0] == '/' {
		return nil, uri
	}
	if scheme := bytes.Index(uri, []byte("://")); scheme > 0 && !bytes.ContainsAny(uri[:scheme], "/?#") {
		return cutAuthority(uri[scheme+len("://"):])
	}
	return nil, uri
}

// routedPath returns the path with query that the app's router reads. For some invalid
// targets, it is only a part of the target's path: if there is no Host, fasthttp takes the
// first segment of //host/path for the host.
func routedPath(header *fasthttp.RequestHeader) []byte {
	uri := header.RequestURI()
	if len(uri) > 0 && uri[0] == '/' && !bytes.HasPrefix(uri, []byte("//")) {
		return uri
	}
	if len(header.Host()) == 0 || bytes.Contains(uri, []byte("://")) {
		if scheme, afterScheme, ok := bytes.Cut(uri, []byte("//")); ok && bytes.IndexByte(scheme, '/') < 0 {
			_, pathAndQuery := cutAuthority(afterScheme)
			return pathAndQuery
		}
	}
	return uri
}

// cutQuery splits pathAndQuery at the question mark. It drops a fragment, which clients
// should not send.
func cutQuery(pathAndQuery []byte) (path, query []byte) {
	pathAndQuery, _, _ = bytes.Cut(pathAndQuery, []byte("#"))
	path, query, _ = bytes.Cut(pathAndQuery, []byte("?"))
	return path, query
}

// cutAuthority splits the part of a URI after the scheme into authority and path with
// query. It drops user information, which may be secret.
func cutAuthority(uri []byte) (authority, pathAndQuery []byte) {
	end := bytes.IndexAny(uri, "/?#")
	if end < 0 {
		end = len(uri)
	}
	authority, pathAndQuery = uri[:end], uri[end:]
	authority = authority[bytes.LastIndexByte(authority, '@')+1:]
	if len(pathAndQuery) == 0 {
		pathAndQuery = []byte("/")
	}
	return authority, pathAndQuery
}
