// Package stdhttp is what adapters of routers over net/http share: it reads an
// *http.Request into the engine's neutral [httpserver.Request] and sees what
// really goes over a response writer. Applications do not need it; an adapter
// for one more router does.
package stdhttp
