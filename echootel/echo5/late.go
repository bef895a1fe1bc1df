package echootel

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/stdhttp"
)

// endLate leaves the end of the exchange to the answer of Echo's error
// handler, which gets the error after every middleware has seen it, or the
// panic from Recover. To call it from here would make it run twice and hide the
// error from the others.
func (w watched) endLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder) {
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	// A middleware outside may put back the response that it found, or the
	// writer that the response had.
	for writer := w.context.Response(); ; {
		response, err := echo.UnwrapResponse(writer)
		if err != nil {
			return
		}
		response.Before(func() { response.ResponseWriter = late.Cover(response.ResponseWriter) })
		writer = response.ResponseWriter
	}
}
