package fasthttpotel

import (
	"context"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Publish stores the values that tracers look for in the user values of server. server,
// which is also a context, then returns them.
func Publish(ctx context.Context, server *fasthttp.RequestCtx) {
	for _, key := range contextKeys {
		server.SetUserValue(key, ctx.Value(key))
	}
}

var contextKeys = contextvalue.Keys()
