package stdhttp

import (
	"io"
	"net/http"
	"reflect"
	"time"
)

// hasUnknownMethods reports whether w has methods that are lost if [Record] wraps w. The
// writer of an HTTP/3 library has such methods, with types of that library.
func hasUnknownMethods(w http.ResponseWriter) bool {
	knownMethods := 3 // Header, Write and WriteHeader
	for _, implemented := range []bool{
		implements[io.StringWriter](w),
		implements[http.Flusher](w),
		implements[interface{ FlushError() error }](w),
		implements[http.Hijacker](w),
		implements[io.ReaderFrom](w),
		implements[http.Pusher](w),
		implements[closeNotifier](w),
		implements[interface{ SetReadDeadline(time.Time) error }](w),
		implements[interface{ SetWriteDeadline(time.Time) error }](w),
		implements[interface{ EnableFullDuplex() error }](w),
		implements[interface{ Unwrap() http.ResponseWriter }](w),
	} {
		if implemented {
			knownMethods++
		}
	}
	return reflect.TypeOf(w).NumMethod() > knownMethods
}

// implements reports whether w implements the interface T.
func implements[T any](w http.ResponseWriter) bool {
	_, ok := w.(T)
	return ok
}
