package echootel

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// endLate leaves the end of the exchange to the answer of Echo's error
// handler, which gets the error err after every middleware has seen it, or the
// panic from Recover. To call it from here would make it run twice and hide the
// error from the others.
func (w watched) endLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder, err error) {
	writer := w.context.Response()
	if _, hidden := echo.UnwrapResponse(writer); hidden != nil {
		// The writer of a middleware further out, without Unwrap, hides the answer.
		outcome.Status, outcome.ResponseSize, outcome.ErrorType = httpserver.UnknownStatus, httpserver.Size{}, errorType(err)
		exchange.End(outcome)
		return
	}
	outcome.ErrorType = errorType(err)
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	// A middleware outside may put back the response that it found, or the
	// writer that the response had.
	for {
		response, err := echo.UnwrapResponse(writer)
		if err != nil {
			return
		}
		response.Before(func() { response.ResponseWriter = late.Cover(response.ResponseWriter) })
		writer = response.ResponseWriter
	}
}

// errorType returns the error.type of a handler's error, "" for one that is the
// client's fault.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := echo.HTTPStatusCoder(nil); errors.As(err, &status) && status.StatusCode() > 0 && status.StatusCode() < http.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}
