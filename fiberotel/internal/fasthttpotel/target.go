package fasthttpotel

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// target has the target of a request from the request line and the Host header,
// as the client sent it. fasthttp's URI changes if a middleware further out
// changes the path.
type target struct{ authority, path, query []byte }

// targetOf reads the target of a request. A target in absolute form has its own
// authority, and the Host header is ignored: RFC 9112, section 3.2.2.
func targetOf(header *fasthttp.RequestHeader) target {
	t := target{path: header.RequestURI()}
	if scheme := bytes.Index(t.path, []byte("://")); scheme > 0 && !bytes.ContainsAny(t.path[:scheme], "/?#") {
		t.authority, t.path = cutAuthority(t.path[scheme+len("://"):])
	}
	if len(t.authority) == 0 {
		t.authority = header.Host()
	}
	// A fragment is not meant for the server.
	t.path, _, _ = bytes.Cut(t.path, []byte("#"))
	t.path, t.query, _ = bytes.Cut(t.path, []byte("?"))
	return t
}

// cutAuthority splits what follows the scheme of a URI. It drops user
// information from the authority, which may be secret.
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
