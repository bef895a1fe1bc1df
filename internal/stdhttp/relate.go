package stdhttp

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/samespan/samespan/core/httpserver"
)

// Relate sets the relation of a nested exchange to the outer exchange. exchange is for the
// request r, and w is the writer of the response to r. Relate has an effect only if the
// outer exchange is identified by a type with the method Recorded, such as a Recorder.
//
// Both exchanges are for the same request if the response to r goes through the outer
// Recorder. A request that a handler has created is always another request. If the
// response goes through another writer, such as http.TimeoutHandler's, Relate compares
// the requests. It presumes that they are the same if they have the same RequestURI and
// header, and the outer path ends with the path of r, as it does with http.StripPrefix.
func Relate(exchange *httpserver.Exchange, w http.ResponseWriter, r *http.Request) {
	if !exchange.Nested() {
		return
	}
	recorded, ok := exchange.Outer().(interface{ Recorded() *Recorder })
	if !ok {
		return
	}
	outer := recorded.Recorded()
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

// isBelow reports whether data that is written to writer goes through w. If w is bypassed,
// isBelow reports whether it goes through the writer below w.
func (w *Recorder) isBelow(writer http.ResponseWriter) bool {
	comparesBelow := w.isBypassed && reflect.ValueOf(w.below).Comparable()
	for writer != nil {
		if comparesBelow && writer == w.below {
			return true
		}
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

// IsMade reports whether a handler has created r, for example with http.NewRequest.
// Servers set RequestURI, and http.NewRequest does not.
func (w *Recorder) IsMade(r *http.Request) bool {
	return r.RequestURI == "" && w.request.RequestURI != ""
}

// mayRespondTo reports whether w may be the recorder of the response to r. It does not
// compare RemoteAddr, since some middlewares replace a proxy's address with the client's.
func (w *Recorder) mayRespondTo(r *http.Request) bool {
	outer := w.request
	return outer.RequestURI == r.RequestURI &&
		reflect.ValueOf(outer.Header).Pointer() == reflect.ValueOf(r.Header).Pointer() &&
		outer.URL != nil && r.URL != nil && strings.HasSuffix(outer.URL.Path, r.URL.Path)
}
