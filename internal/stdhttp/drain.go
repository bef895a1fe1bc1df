package stdhttp

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// Drain is a handler around that of a whole server, see Wrap. It counts the
// requests in progress, and once StopKeepAlives is called it asks clients to
// close their connections.
type Drain struct {
	next    http.Handler
	closing atomic.Bool
	active  atomic.Int64
}

// Wrap returns d as a handler around next; nil is [http.DefaultServeMux], as for
// an [http.Server]. It takes the place of a Drain that next may be already. It
// is called once, before d serves.
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
	d.active.Add(1)
	defer d.active.Add(-1)
	told := d.closing.Load()
	if told {
		closeAfter(w, r)
	}
	d.next.ServeHTTP(w, r)
	if !told && d.closing.Load() {
		// In time for an answer that still is in the buffer.
		closeAfter(w, r)
	}
}

// CloseAfter makes the answer to a client's request the last of its connection
// where in's service has been told to stop. An adapter calls it before the
// handlers: the server may be of a type without StopKeepAlives.
func CloseAfter(in *httpserver.Instrumentation, exchange *httpserver.Exchange, w http.ResponseWriter, r *http.Request) {
	if in.ServerIsStopping() && !exchange.Nested() {
		closeAfter(w, r)
	}
}

// closeAfter makes the answer the last of its connection: the server sends
// Connection: close over HTTP/1, and GOAWAY over HTTP/2.
func closeAfter(w http.ResponseWriter, r *http.Request) {
	// The answer to an upgrade needs its own Connection header. Java's client
	// offers one to HTTP/2 with every request, which servers leave aside.
	if upgrade := r.Header.Get("Upgrade"); upgrade == "" || strings.EqualFold(upgrade, "h2c") {
		w.Header().Set("Connection", "close")
	}
}

// StopKeepAlives makes every answer from now on the last of its connection.
// Unlike [http.Server.SetKeepAlivesEnabled] it leaves idle connections open,
// since a request may be on its way on them.
func (d *Drain) StopKeepAlives() { d.closing.Store(true) }

// waitInterval is how often Wait looks at the requests in progress.
const waitInterval = 5 * time.Millisecond

// Wait returns when all handlers have returned, or the cause of ctx when ctx
// ends before.
func (d *Drain) Wait(ctx context.Context) error {
	tick := time.NewTicker(waitInterval)
	defer tick.Stop()
	for d.active.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
