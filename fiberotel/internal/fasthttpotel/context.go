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

// rememberedKey is the key of the rememberedExchange in the user values.
type rememberedKey struct{}

// rememberedExchange is an open Exchange in the user values. Unlike an Exchange, it is not an
// io.Closer, which fasthttp would close.
type rememberedExchange Exchange

// Remember stores ctx, the context of x's request, for [Restore].
func (x *Exchange) Remember(ctx context.Context) {
	if !x.Nested() {
		x.ctx = ctx
		x.requestCtx.SetUserValue(rememberedKey{}, (*rememberedExchange)(x))
	}
}

// Restore returns the context in which requestCtx's request continues. This is ctx, the
// framework's context of the request, or the remembered context if the framework has lost
// it. Fiber v3 does so if a handler passes the request to the handler of another app, for
// example of the app of a subdomain.
func Restore(ctx context.Context, requestCtx *fasthttp.RequestCtx) context.Context {
	remembered, ok := requestCtx.UserValue(rememberedKey{}).(*rememberedExchange)
	if ok && (*Exchange)(remembered).Of(requestCtx) && ctx.Value(contextvalue.Exchange{}) == nil {
		return remembered.ctx
	}
	return ctx
}

// contextKeys are the keys of the values that tracers look up in a context.
var contextKeys = contextvalue.Keys()
