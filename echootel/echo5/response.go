package echootel

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/internal/stdhttp"
)

// recordedResponse is the response of an [echo.Context] while our middleware records it.
type recordedResponse struct {
	context *echo.Context
	// response is Echo's own response. It is nil if an outer middleware, such as Gzip, has
	// replaced the context's response with a writer of its own.
	response *echo.Response
	// writer is our writer, which records the response. It writes to inner, the writer
	// whose place it has taken.
	writer, inner http.ResponseWriter
}

// recordResponse starts to record the response. If c.Response() is Echo's own Response, our
// writer becomes its field ResponseWriter, so that handlers still get an *echo.Response.
// Otherwise, our writer replaces c.Response().
func recordResponse(c *echo.Context) (recordedResponse, *stdhttp.Recorder) {
	w := recordedResponse{context: c, inner: c.Response()}
	if response, ok := w.inner.(*echo.Response); ok {
		w.response, w.inner = response, response.ResponseWriter
	}
	writer, recorder := stdhttp.Record(w.inner, c.Request())
	w.writer = writer
	if w.response != nil {
		w.response.ResponseWriter = writer
	} else {
		c.SetResponse(writer)
	}
	return w, recorder
}

// restore replaces our writer with the writer that was there before. It changes nothing if
// other code has already replaced our writer.
func (w recordedResponse) restore() {
	switch {
	case w.response == nil:
		if w.context.Response() == w.writer {
			w.context.SetResponse(w.inner)
		}
	case w.response.ResponseWriter == w.writer:
		w.response.ResponseWriter = w.inner
	}
}
