package stdhttp

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/samespan/samespan/core/httpserver"
)

// Relate tells exchange what its request r, which is answered over w, is to the
// open exchange that it is under, if there is one and a Recorder, or a type that
// embeds one, identifies it.
// A request is the same where its answer goes over that Recorder, unless a
// handler has made it. Over another writer, such as http.TimeoutHandler's, it is
// presumed to be if it has the header of the other one and a path that may be
// what is left of it; a request that a handler makes of it has a header or a
// path of its own.
func Relate(exchange *httpserver.Exchange, w http.ResponseWriter, r *http.Request) {
	if !exchange.Nested() {
		return
	}
	identity, ok := exchange.Outer().(interface{ recorded() *Recorder })
	if !ok {
		return
	}
	outer := identity.recorded()
	switch {
	case outer.IsMade(r):
		exchange.Relate(httpserver.SubRequest)
	case outer.isBelow(w):
	case outer.mayBe(r):
		exchange.Relate(httpserver.PresumedRequest)
	default:
		exchange.Relate(httpserver.SubRequest)
	}
}

// isBelow tells whether what is written to writer goes through w.
func (w *Recorder) isBelow(writer http.ResponseWriter) bool {
	for writer != nil {
		if recorded, ok := writer.(interface{ recorded() *Recorder }); ok && recorded.recorded() == w {
			return true
		}
		wrapper, ok := writer.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		writer = wrapper.Unwrap()
	}
	return false
}

// IsMade tells whether a handler has made r, as with http.NewRequest: it lacks
// the target that a server has received.
func (w *Recorder) IsMade(r *http.Request) bool {
	return r.RequestURI == "" && w.request.RequestURI != ""
}

// mayBe tells whether r may be the request that w answers. The address does not
// count: middlewares put that of the client in place of a proxy's.
func (w *Recorder) mayBe(r *http.Request) bool {
	outer := w.request
	return outer.RequestURI == r.RequestURI &&
		reflect.ValueOf(outer.Header).Pointer() == reflect.ValueOf(r.Header).Pointer() &&
		outer.URL != nil && r.URL != nil && strings.HasSuffix(outer.URL.Path, r.URL.Path)
}
