package fasthttpotel

import (
	"context"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Publish makes what a tracer asks of a context known to server, which finds
// its values as a context among the user values.
func Publish(ctx context.Context, server *fasthttp.RequestCtx) {
	for _, key := range contextKeys {
		server.SetUserValue(key, ctx.Value(key))
	}
}

var contextKeys = contextvalue.Keys()
