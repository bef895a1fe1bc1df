package fasthttpotel

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// target is what the request line and the Host header say of where a request is
// meant to go, as the client sent it. fasthttp's URI is not that any more once
// a middleware further out has changed the path.
type target struct{ authority, path, query []byte }

// targetOf reads the target of a request. One in absolute form names the
// authority itself, and the Host header is ignored: RFC 9112, section 3.2.2.
func targetOf(header *fasthttp.RequestHeader) target {
	t := target{path: header.RequestURI()}
	if scheme := bytes.Index(t.path, []byte("://")); scheme > 0 && !bytes.ContainsAny(t.path[:scheme], "/?#") {
		t.authority, t.path = cutAuthority(t.path[scheme+len("://"):])
	}
	if len(t.authority) == 0 {
		t.authority = header.Host()
	}
	// A client that sends a fragment does not mean it for the server.
	t.path, _, _ = bytes.Cut(t.path, []byte("#"))
	t.path, t.query, _ = bytes.Cut(t.path, []byte("?"))
	return t
}

// cutAuthority splits what follows the scheme of a URI. The authority is left
// without the name and the password of a user, which are secrets.
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
