// Package fasthttpotel is the common part of the adapters for frameworks on
// fasthttp: it converts a fasthttp.RequestCtx to httpserver.Request, stores the
// span where handlers look for it, ends the exchange when fasthttp has written
// the response, and starts and stops a server. It is independent of frameworks.
package fasthttpotel
