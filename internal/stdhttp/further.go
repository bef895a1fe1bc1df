package stdhttp

import (
	"io"
	"net/http"
	"reflect"
	"time"
)

// hasFurther reports whether w has methods that a writer of [Record] does not
// preserve, such as those of HTTP/3, whose types are in the library that serves
// it.
func hasFurther(w http.ResponseWriter) bool {
	known := 3 // Header, Write and WriteHeader
	for _, has := range []bool{
		is[io.StringWriter](w),
		is[http.Flusher](w),
		is[interface{ FlushError() error }](w),
		is[http.Hijacker](w),
		is[io.ReaderFrom](w),
		is[http.Pusher](w),
		is[closeNotifier](w),
		is[interface{ SetReadDeadline(time.Time) error }](w),
		is[interface{ SetWriteDeadline(time.Time) error }](w),
		is[interface{ EnableFullDuplex() error }](w),
		is[interface{ Unwrap() http.ResponseWriter }](w),
	} {
		if has {
			known++
		}
	}
	return reflect.TypeOf(w).NumMethod() > known
}

func is[T any](w http.ResponseWriter) bool {
	_, ok := w.(T)
	return ok
}
