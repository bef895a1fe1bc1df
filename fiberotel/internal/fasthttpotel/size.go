package fasthttpotel

import (
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// requestSize returns the size of a request's body. The size is known if the client has
// declared it or if fasthttp has read the whole body.
func requestSize(request *fasthttp.Request) httpserver.Size {
	const chunked, noBody = -1, -2
	switch declared := request.Header.ContentLength(); {
	case declared >= 0:
		return httpserver.Bytes(int64(declared))
	case declared == noBody:
		return httpserver.Bytes(0)
	case declared == chunked && !request.IsBodyStream():
		return httpserver.Bytes(int64(len(request.Body())))
	default:
		return httpserver.Size{}
	}
}

// responseSize returns the size of the body of a written response. fasthttp sets the
// length in the header when it writes the response. The size of a stream whose length the
// application has not declared is not known.
func responseSize(response *fasthttp.Response) httpserver.Size {
	switch length := response.Header.ContentLength(); {
	case response.SkipBody:
		return httpserver.Bytes(0)
	case length > 0:
		return httpserver.Bytes(int64(length))
	case response.IsBodyStream() || length < 0:
		return httpserver.Size{}
	default:
		return httpserver.Bytes(int64(len(response.Body())))
	}
}
