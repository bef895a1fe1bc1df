package conformance

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// peer is a service of the suite's own that the subject calls.
type peer struct {
	url string

	mu    sync.Mutex
	calls []http.Header
	// hold, unless it is nil, keeps each call until it is closed; held gets a
	// value when a call is kept.
	hold, held chan struct{}
}

// peer starts a service that ends with the check.
func (p *Probe) peer() *peer {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.cannot("peer: %w", err)
	}
	called := &peer{url: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: called, ReadHeaderTimeout: checkTime}
	p.cleanups = append(p.cleanups, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return called
}

// ServeHTTP notes the headers of each call.
func (s *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	s.calls = append(s.calls, r.Header.Clone())
	s.mu.Unlock()
	if s.hold != nil {
		select {
		case s.held <- struct{}{}:
		default:
		}
		select {
		case <-s.hold:
		case <-r.Context().Done():
		}
	}
	w.WriteHeader(http.StatusOK)
}

// during runs f while the service is in the middle of a request, POST /relay,
// and returns once that has been answered.
func (p *Probe) during(f func()) {
	busy := p.peer()
	busy.hold, busy.held = make(chan struct{}), make(chan struct{}, 1)
	type answer struct {
		response Response
		err      error
	}
	answered := make(chan answer, 1)
	header, traceID, spanID := traceparent("01")
	request := Post("/relay", busy.relay("/held"), header)
	go func() {
		response, err := send(p.ctx, p.instance.addr, request)
		answered <- answer{response, err}
	}()
	letGo := sync.OnceFunc(func() { close(busy.hold) })
	defer letGo()
	select {
	case <-busy.held:
		f()
	case early := <-answered:
		p.cannot("POST /relay makes no call: got %d %.80q %v", early.response.Status, early.response.Body, early.err)
	case <-p.ctx.Done():
		p.cannot("POST /relay makes no call in time")
	}
	letGo()
	a := <-answered
	if a.err != nil {
		p.cannot("POST /relay: %w", a.err)
	}
	x := p.sent(request, a.response)
	x.TraceID, x.SpanID = traceID, spanID
	p.evidence.Exchanges[len(p.evidence.Exchanges)-1] = x
	p.traces = append(p.traces, traceID)
}

// relay is the body of POST /relay that makes the subject call path here.
func (s *peer) relay(path string) string {
	return fmt.Sprintf(`[{"url":%q,"arguments":[]}]`, s.url+path)
}

// only returns the headers of the one call; that there is none, or more, is a
// problem.
func (s *peer) only(p *Probe) (http.Header, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.Equal("calls that the service made", len(s.calls), 1) {
		return nil, false
	}
	return s.calls[0], true
}
