package echootel

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/internal/stdhttp"
)

// watched is a context's response while it is recorded.
type watched struct {
	context *echo.Context
	// response is the context's, nil where a middleware further out has put a
	// writer of its own in place of it, as Gzip does.
	response *echo.Response
	// writer is the recorded one, below the one that it writes to.
	writer, below http.ResponseWriter
}

// watch has the answer recorded below Echo's own Response where the context has
// that, so that a handler finds it as it expects it, and else in place of the
// context's writer.
func watch(c *echo.Context) (watched, *stdhttp.Recorder) {
	w := watched{context: c, below: c.Response()}
	if response, ok := w.below.(*echo.Response); ok {
		w.response, w.below = response, response.ResponseWriter
	}
	writer, recorder := stdhttp.Record(w.below, c.Request())
	w.writer = writer
	if w.response != nil {
		w.response.ResponseWriter = writer
	} else {
		c.SetResponse(writer)
	}
	return w, recorder
}

// restore puts the writer below back, unless somebody else has replaced ours.
func (w watched) restore() {
	switch {
	case w.response == nil:
		if w.context.Response() == w.writer {
			w.context.SetResponse(w.below)
		}
	case w.response.ResponseWriter == w.writer:
		w.response.ResponseWriter = w.below
	}
}
