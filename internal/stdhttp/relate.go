package stdhttp

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/samespan/samespan/core/httpserver"
)

// Relate sets the relation of exchange to the open exchange above it. exchange is for the
// request r, and w is the writer of its response. Relate has an effect only if the open
// exchange is identified by a Recorder or another type with the method Recorded.
//
// The request is the same if its response goes through that Recorder, unless a handler
// has created the request. If the response goes through another writer, such as
// http.TimeoutHandler's, the request is presumed to be the same if it has the same header
// and its path may be the rest of the other path. A request that a handler creates has
// another header or path.
func Relate(exchange *httpserver.Exchange, w http.ResponseWriter, r *http.Request) {
	if !exchange.Nested() {
		return
	}
	identity, ok := exchange.Outer().(interface{ Recorded() *Recorder })
	if !ok {
		return
	}
	outer := identity.Recorded()
	switch {
	case outer.IsMade(r):
		exchange.Relate(httpserver.SubRequest)
	case outer.isBelow(w):
	case outer.mayRespondTo(r):
		exchange.Relate(httpserver.PresumedRequest)
	default:
		exchange.Relate(httpserver.SubRequest)
	}
}

// isBelow reports whether data that is written to writer goes through w.
func (w *Recorder) isBelow(writer http.ResponseWriter) bool {
	for writer != nil {
		if recorded, ok := writer.(interface{ Recorded() *Recorder }); ok && recorded.Recorded() == w {
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

// IsMade reports whether a handler has created r, as with http.NewRequest. Such a request
// has no RequestURI, which servers set.
func (w *Recorder) IsMade(r *http.Request) bool {
	return r.RequestURI == "" && w.request.RequestURI != ""
}

// mayRespondTo reports whether w may be the recorder of the response to r. It ignores the
// address, since some middlewares replace a proxy's address with the client's.
func (w *Recorder) mayRespondTo(r *http.Request) bool {
	outer := w.request
	return outer.RequestURI == r.RequestURI &&
		reflect.ValueOf(outer.Header).Pointer() == reflect.ValueOf(r.Header).Pointer() &&
		outer.URL != nil && r.URL != nil && strings.HasSuffix(outer.URL.Path, r.URL.Path)
}
