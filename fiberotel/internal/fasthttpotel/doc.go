// Package fasthttpotel is what adapters of frameworks over fasthttp share: it
// reads a fasthttp.RequestCtx into the engine's neutral httpserver.Request,
// puts the span where handlers look for it, ends the exchange when fasthttp has
// written the answer, and starts and stops a server. Of a framework it knows
// nothing.
package fasthttpotel
