package httpserver

// ServerClosed tells the engine that the server is about to close connections
// with requests in progress, as at the end of a grace period. From then on an
// exchange that is cut off counts as cut off by the server, not as left by the
// client.
func (e *Engine) ServerClosed() { e.serverClosed.Store(true) }

// ClosedByServer reports whether ServerClosed was called.
func (e *Engine) ClosedByServer() bool { return e.serverClosed.Load() }
