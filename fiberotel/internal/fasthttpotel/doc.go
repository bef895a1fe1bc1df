// Package fasthttpotel is the common part of the adapters for frameworks on fasthttp. It
// converts a fasthttp.RequestCtx to httpserver.Request, stores the span where handlers
// look it up, and ends the exchange when fasthttp has written the response. It also starts
// and stops a server. It imports no framework, since adapters for different versions of
// Fiber use it.
package fasthttpotel
