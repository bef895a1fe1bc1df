package nethttpotel

import (
	"net/http"

	"github.com/samespan/samespan/internal/stdhttp"
)

// isPreface reports whether r is the beginning of an HTTP/2 connection (RFC 9113, section
// 3.4). If a server does not support HTTP/2 without TLS, net/http passes the preface to the
// handlers, as a request. A handler may then take over the connection and serve HTTP/2, as
// golang.org/x/net/http2/h2c does.
func isPreface(r *http.Request) bool {
	return r.Method == "PRI" && r.RequestURI == "*" && r.ProtoMajor == 2 && len(r.Header) == 0
}

// servePreface passes a preface to the handlers. If a handler takes over the connection, the
// preface is not recorded: it is not a request, and the requests of the connection, whose
// contexts are derived from r's, must not become part of it. Otherwise, it is recorded like
// any other request, but only after the response.
func (h *handler) servePreface(w http.ResponseWriter, r *http.Request) {
	writer, recorder := stdhttp.Record(w, r)
	h.next.ServeHTTP(writer, r)
	if recorder.Hijacked() {
		return
	}
	if _, exchange := h.start(r); exchange.Observed() {
		h.end(exchange, recorder.Outcome(exchange, r, nil, true), r, stdhttp.DeclaredBody(r))
	}
}
