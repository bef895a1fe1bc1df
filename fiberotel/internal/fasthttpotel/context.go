package fasthttpotel

import (
	"context"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Publish stores the values that tracers look for in server's user values,
// which server returns as a context.
func Publish(ctx context.Context, server *fasthttp.RequestCtx) {
	for _, key := range contextKeys {
		server.SetUserValue(key, ctx.Value(key))
	}
}

var contextKeys = contextvalue.Keys()
