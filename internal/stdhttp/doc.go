// Package stdhttp is what the adapters of routers over net/http share: it reads an
// *http.Request into the engine's neutral [httpserver.Request] and sees what
// really goes over a response writer. It may import the engine, and no framework
// and no SDK.
package stdhttp
