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

// endLate ends the exchange when Echo's error handler has answered. Echo calls
// it with err after all middlewares, or Recover calls it for a panic. Calling
// the error handler here would run it twice and hide the error from other
// middlewares.
func endLate(response *echo.Response, exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	outcome.ErrorType = errorType(err)
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	// Echo's own writer may no longer be in place then: a middleware further
	// out restores the one that it found.
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

// isServerWriter reports whether w is net/http's own writer. Its types are
// unexported, so no middleware checks for them, and a wrapper may stay in place
// to see a response that bypasses Echo's Response.
func isServerWriter(w http.ResponseWriter) bool {
	t := reflect.TypeOf(w)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "net/http"
}
