package fasthttpotel

import (
	"context"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Publish copies the values that tracers look up, such as the span, from ctx to the user
// values of server. Code that uses server itself as a context then finds them with Value.
func Publish(ctx context.Context, server *fasthttp.RequestCtx) {
	for _, key := range contextKeys {
		server.SetUserValue(key, ctx.Value(key))
	}
}

var contextKeys = contextvalue.Keys()
