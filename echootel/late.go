package echootel

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/stdhttp"
)

// endLate leaves the end of the exchange to the answer of Echo's error
// handler, which gets the error after every middleware has seen it, or the
// panic from Recover. To call it from here would make it run twice and hide the
// error from the others.
func endLate(response *echo.Response, exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *stdhttp.Recorder) {
	late := stdhttp.EndLate(exchange, outcome, r, recorder)
	response.Before(func() {
		// A middleware outside may have put its own writer back, as Gzip does.
		response.Writer = late.Cover(response.Writer)
	})
}
