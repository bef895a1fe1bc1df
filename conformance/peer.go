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
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Header.Clone())
	w.WriteHeader(http.StatusOK)
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
