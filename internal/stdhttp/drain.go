package stdhttp

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// Drain wraps the handler of a whole server: see Wrap. It counts the requests in
// progress. After StopKeepAlives, it asks clients to close their connections.
type Drain struct {
	next http.Handler
	// keepAlivesStopped is set by StopKeepAlives.
	keepAlivesStopped atomic.Bool
	// activeRequests is the number of requests in progress.
	activeRequests atomic.Int64
}

// Wrap returns d as a handler around next. If next is nil, Wrap uses
// [http.DefaultServeMux], as an [http.Server] does. If next is already a Drain, d
// replaces it. Call Wrap once, before d serves requests.
func (d *Drain) Wrap(next http.Handler) http.Handler {
	switch h := next.(type) {
	case *Drain:
		next = h.next
	case nil:
		next = http.DefaultServeMux
	}
	d.next = next
	return d
}

// ServeHTTP implements [http.Handler].
func (d *Drain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.activeRequests.Add(1)
	defer d.activeRequests.Add(-1)
	closingAtStart := d.keepAlivesStopped.Load()
	if closingAtStart {
		closeConnection(w, r)
		if r.ProtoMajor == 2 {
			// The recorder removes Connection from interim responses.
			w, _ = Record(w, r)
		}
	}
	d.next.ServeHTTP(w, r)
	if !closingAtStart && d.keepAlivesStopped.Load() {
		// A short response is still in the server's buffer, so its header can be changed.
		closeConnection(w, r)
	}
}

// traceResponseHeader is the response header of the W3C Trace Context draft.
const traceResponseHeader = "Traceresponse"

// PrepareResponse sets headers of the response to a client's request. It sets the trace
// context if the service is configured to send it. If the service is stopping, it makes
// the response close the connection. Adapters call PrepareResponse before the handlers.
// StopKeepAlives is not sufficient, since the server may not use a Drain. If it does not, an
// excluded request has no Recorder: an interim response over HTTP/2 then has the header
// Connection, and clients reject it. PrepareResponse also calls SeePreface.
func PrepareResponse(instrumentation *httpserver.Instrumentation, exchange *httpserver.Exchange, w http.ResponseWriter, r *http.Request) {
	SeePreface(r)
	if traceResponse := exchange.TraceResponse(); traceResponse != "" {
		w.Header().Set(traceResponseHeader, traceResponse)
	}
	if instrumentation.ServerIsStopping() && !exchange.Nested() {
		closeConnection(w, r)
	}
}

// closeConnection makes the response close its connection. The server sends Connection:
// close over HTTP/1, and GOAWAY over HTTP/2. Over HTTP/3, closeConnection does nothing: a
// server of quic-go would send the header, which makes the response malformed (RFC 9114,
// section 4.2), and its Shutdown sends GOAWAY.
func closeConnection(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor >= 3 {
		return
	}
	// The response to an upgrade needs its own Connection header, except for h2c: Java's
	// client offers an upgrade to HTTP/2 with every request, and servers ignore the
	// offer.
	if upgrade := r.Header.Get("Upgrade"); upgrade == "" || strings.EqualFold(upgrade, "h2c") {
		w.Header().Set("Connection", "close")
	}
}

// StopKeepAlives makes each response from now on close its connection. Unlike
// [http.Server.SetKeepAlivesEnabled], it keeps idle connections open, since a request may
// already be on its way.
func (d *Drain) StopKeepAlives() { d.keepAlivesStopped.Store(true) }

// waitInterval is how often Wait checks for requests in progress.
const waitInterval = 5 * time.Millisecond

// Wait waits until all handlers have returned, and then returns nil. If ctx ends
// first, Wait returns context.Cause(ctx).
func (d *Drain) Wait(ctx context.Context) error {
	tick := time.NewTicker(waitInterval)
	defer tick.Stop()
	for d.activeRequests.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
