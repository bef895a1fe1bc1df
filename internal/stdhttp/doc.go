// Package stdhttp is the common part of the adapters for routers on net/http:
// it converts an *http.Request to [httpserver.Request] and records what is sent
// through a response writer. It may import the engine, but no framework and no
// SDK.
package stdhttp
