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

// endLate leaves the end of the exchange to the answer of Echo's error
// handler, which gets the error err after every middleware has seen it, or the
// panic from Recover. To call it from here would make it run twice and hide the
// error from the others.
func endLate(response *echo.Response, exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	outcome.ErrorType = errorType(err)
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	// Echo's own writer may be gone by then: a middleware further out puts back
	// the one that it found.
	response.Before(func() {
		response.Writer = late.Cover(response.Writer)
	})
}

// errorType returns the error.type of a handler's error, "" for one that is the
// client's fault.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := (*echo.HTTPError)(nil); errors.As(err, &status) && status.Code > 0 && status.Code < http.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}

// isServers tells that w is net/http's own. Its types are not exported, so no
// middleware further out can look for one, and a writer over it may stay there
// to see an answer that goes past Echo's Response.
func isServers(w http.ResponseWriter) bool {
	t := reflect.TypeOf(w)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "net/http"
}
