package fasthttpotel

import (
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// requestSize returns the size of a body that the client has declared or that
// fasthttp has read.
func requestSize(request *fasthttp.Request) int64 {
	const chunked, none = -1, -2
	switch declared := request.Header.ContentLength(); {
	case declared >= 0:
		return int64(declared)
	case declared == none:
		return 0
	case declared == chunked && !request.IsBodyStream():
		return int64(len(request.Body()))
	default:
		return httpserver.UnknownSize
	}
}

// responseSize returns the size of the body of a response that was written.
// Writing it leaves the length in the header, but for a stream of which nobody
// declared one: fasthttp shows no one how much it sends of it.
func responseSize(response *fasthttp.Response) int64 {
	switch length := response.Header.ContentLength(); {
	case response.SkipBody:
		return 0
	case length > 0:
		return int64(length)
	case response.IsBodyStream() || length < 0:
		return httpserver.UnknownSize
	default:
		return int64(len(response.Body()))
	}
}
