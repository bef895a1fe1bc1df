package echootel

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// endLate arranges that the exchange ends when Echo's error handler has responded. Echo
// calls the error handler with err after all middlewares, and Recover calls it after a
// panic. If endLate called the error handler itself, the handler would run twice, and other
// middlewares would not see the error.
func (w recordedResponse) endLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	writer := w.context.Response()
	if _, unwrapErr := echo.UnwrapResponse(writer); unwrapErr != nil {
		// The writer of an outer middleware has no Unwrap, so the end of the response cannot
		// be observed. End the exchange now, without a status.
		outcome.Status, outcome.ResponseSize, outcome.ErrorType = httpserver.UnknownStatus, httpserver.Size{}, errorType(err)
		exchange.End(outcome)
		return
	}
	outcome.ErrorType = errorType(err)
	lateResponse := stdhttp.EndLate(exchange, outcome, r, recorder)
	// Outer middlewares may have wrapped Echo's response in responses of their own, and may
	// remove our writer. Each of these responses therefore calls Cover before it is
	// written. Cover wraps the response's writer again if ours was removed.
	for {
		response, err := echo.UnwrapResponse(writer)
		if err != nil {
			return
		}
		response.Before(func() { response.ResponseWriter = lateResponse.Cover(response.ResponseWriter) })
		writer = response.ResponseWriter
	}
}

// errorType returns the attribute error.type for an error that a handler has returned. It
// returns "" for nil and for an error that becomes a 4xx response.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := echo.HTTPStatusCoder(nil); errors.As(err, &status) && status.StatusCode() > 0 && status.StatusCode() < http.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}
