package fasthttpotel

import (
	"context"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Publish copies the values that tracers look up, such as the span, from ctx to the user
// values of requestCtx. Code that uses requestCtx itself as a context finds the values there.
func Publish(ctx context.Context, requestCtx *fasthttp.RequestCtx) {
	for _, key := range contextKeys {
		requestCtx.SetUserValue(key, ctx.Value(key))
	}
}

// contextKeys are the keys of the values that tracers look up in a context.
var contextKeys = contextvalue.Keys()
