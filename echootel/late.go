package echootel

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// endLate ends the exchange when Echo's error handler has responded. Echo calls the error
// handler with err after all middlewares, or Recover calls it for a panic. Calling it
// here would run it twice and hide the error from other middlewares.
func endLate(response *echo.Response, exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	outcome.ErrorType = errorType(err)
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	// Read the response when it is written: a middleware further out may have restored
	// the writer that it found by then, in place of ours.
	response.Before(func() {
		response.Writer = late.Cover(response.Writer)
	})
}

// errorType returns the error.type for a handler's error, or "" for a client
// error.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := (*echo.HTTPError)(nil); errors.As(err, &status) && status.Code > 0 && status.Code < http.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}

// isServerWriter reports whether w is net/http's own writer. The types of net/http's
// writers are unexported, so no middleware checks for them. A wrapper around such a
// writer may therefore stay in place, to see a response that bypasses Echo's Response.
func isServerWriter(w http.ResponseWriter) bool {
	t := reflect.TypeOf(w)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "net/http"
}
