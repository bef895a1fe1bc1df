package echootel

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// endLate ends the exchange when Echo's error handler has responded. Echo calls the error
// handler with err after all middlewares, or Recover calls it for a panic. Calling it
// here would run it twice and hide the error from other middlewares.
func (w recordedResponse) endLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	writer := w.context.Response()
	if _, hidden := echo.UnwrapResponse(writer); hidden != nil {
		// A middleware further out has a writer without Unwrap, which hides the response.
		outcome.Status, outcome.ResponseSize, outcome.ErrorType = httpserver.UnknownStatus, httpserver.Size{}, errorType(err)
		exchange.End(outcome)
		return
	}
	outcome.ErrorType = errorType(err)
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	// A middleware further out may restore the response or the writer that it found, so
	// check the current ones.
	for {
		response, err := echo.UnwrapResponse(writer)
		if err != nil {
			return
		}
		response.Before(func() { response.ResponseWriter = late.Cover(response.ResponseWriter) })
		writer = response.ResponseWriter
	}
}

// errorType returns the error.type for a handler's error, or "" for a client
// error.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := echo.HTTPStatusCoder(nil); errors.As(err, &status) && status.StatusCode() > 0 && status.StatusCode() < http.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}
