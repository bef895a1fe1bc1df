package ginotel

import (
	"errors"
	"net/http"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
)

// answer returns the status and the size of the response body that went to the
// wire or, where nothing has yet, that Gin will send: its writer holds the
// header back until the first byte or the end of the handlers. Unless settled,
// the status that the writer holds counts only once it is sent.
func answer(c *gin.Context, w gin.ResponseWriter, settled bool) (status int, size int64) {
	status = w.Status()
	if isInterim(status) {
		// Gin takes an informational status for the final one; net/http
		// sends it and then 200.
		status = http.StatusOK
	}
	switch {
	case w.Written():
		return status, int64(w.Size())
	case !settled:
		// The answer to a panic is the recovery's, further out.
		return 0, httpserver.UnknownSize
	case c.FullPath() == "" && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed):
		// Gin adds a body of its own after the last handler, unless that wrote
		// nothing on purpose.
		return status, httpserver.UnknownSize
	default:
		return status, 0
	}
}

// isInterim tells whether another status follows on the wire.
func isInterim(status int) bool {
	return status < http.StatusOK && status != http.StatusSwitchingProtocols
}

// hijacked tells whether a handler took the connection over. Gin's writer
// cannot tell it from an empty answer, but net/http can: writing nothing to a
// hijacked connection returns http.ErrHijacked and has no other effect. Only
// net/http's own writer is asked, since another one, such as one that
// compresses, may not take nothing for nothing; behind one that does not
// unwrap, a hijacked connection looks like an empty answer.
func hijacked(w gin.ResponseWriter) bool {
	if !w.Written() || w.Size() != 0 || isInterim(w.Status()) {
		return false
	}
	var below http.ResponseWriter = w
	for {
		wrapper, ok := below.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		below = wrapper.Unwrap()
	}
	if _, ok := below.(http.Hijacker); !ok || !isNetHTTP(reflect.TypeOf(below)) {
		return false
	}
	_, err := below.Write(nil)
	return errors.Is(err, http.ErrHijacked)
}

func isNetHTTP(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "net/http"
}
