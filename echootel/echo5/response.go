package echootel

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/internal/stdhttp"
)

// recordedResponse is the response of an [echo.Context] while it is recorded.
type recordedResponse struct {
	context *echo.Context
	// response is the context's response. It is nil if an outer middleware, such as
	// Gzip, has replaced the response with its own writer.
	response *echo.Response
	// writer is our writer, which records the response and writes it to inner.
	writer, inner http.ResponseWriter
}

// recordResponse starts to record the response. If the context has Echo's own Response,
// our writer becomes the ResponseWriter in it, so that handlers still get an
// *echo.Response. Otherwise, our writer replaces the context's writer.
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

// restore restores the original writer, unless other code has replaced our writer.
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
