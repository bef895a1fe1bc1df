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

// endLate arranges that the exchange ends when Echo's error handler has responded. Echo
// calls the error handler with err after all middlewares, and Recover calls it after a
// panic. If endLate called the error handler itself, the handler would run twice, and other
// middlewares would not see the error.
func endLate(response *echo.Response, exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	outcome.ErrorType = errorType(err)
	lateResponse := stdhttp.EndLate(exchange, outcome, r, recorder)
	// An outer middleware may remove our writer from the response. Before the response is
	// written, Cover therefore wraps the response's writer again if ours was removed.
	response.Before(func() {
		response.Writer = lateResponse.Cover(response.Writer)
	})
}

// errorType returns the attribute error.type for an error that a handler has returned. It
// returns "" for nil and for an error that becomes a 4xx response.
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
// writers are unexported, so no middleware can require a writer of such a type. Our writer
// may therefore replace it until the response is complete.
func isServerWriter(w http.ResponseWriter) bool {
	t := reflect.TypeOf(w)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "net/http"
}
