package probe

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Peer is a service, run by the suite, that the subject calls.
type Peer struct {
	url string // base URL, as the service reaches the peer

	mu    sync.Mutex
	calls []http.Header // request headers of all calls
	// If released is not nil, each call waits until released is closed. Held receives a
	// value when a call begins to wait.
	released, Held chan struct{}
	// activeCalls is how many calls have no response yet.
	activeCalls int
}

// Holds makes the peer block calls until letGo is called. At most maxCalls calls may be
// blocked at the same time.
func (s *Peer) Holds(maxCalls int) (letGo func()) {
	s.released, s.Held = make(chan struct{}), make(chan struct{}, maxCalls)
	return sync.OnceFunc(func() { close(s.released) })
}

// Peer starts a Peer that is closed when the check ends.
func (p *Probe) Peer() *Peer {
	interfaces, host := loopback, loopback
	if p.Subject.PeerHost != "" {
		interfaces, host = "", p.Subject.PeerHost
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(interfaces, "0"))
	if err != nil {
		p.Cannot("peer: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		p.Cannot("peer: %w", err)
	}
	called := &Peer{url: "http://" + net.JoinHostPort(host, port)}
	server := &http.Server{Handler: called, ReadHeaderTimeout: time.Minute}
	p.cleanups = append(p.cleanups, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return called
}

// loopback is the suite's address as seen by a service on the same machine.
const loopback = "127.0.0.1"

// Client returns the client address that the service should record. seen is the address
// that the service has recorded; Client returns seen if seen is correct. A service that
// listens at all interfaces may see the suite's address as an IPv4-mapped IPv6 address. From
// a service on another machine, any address is accepted, since the suite does not know under
// which address that machine sees the suite.
func (p *Probe) Client(seen any) string {
	text, _ := seen.(string)
	addr, err := netip.ParseAddr(text)
	if p.Subject.PeerHost == "" {
		if own := p.OwnAddress(); err != nil || addr.Unmap() != own {
			return own.String()
		}
		return text
	}
	if err != nil {
		return "an IP address"
	}
	return text
}

// OwnAddress returns the address from which the suite connects to the service. Usually, it is
// 127.0.0.1. A service at another address, such as ::1, sees the suite at another address too.
func (p *Probe) OwnAddress() netip.Addr {
	conn, err := wire.Dial(p.ctx, p.instance.Addr)
	if err != nil {
		p.Cannot("%w%s", err, p.Details())
	}
	defer conn.Close()
	own, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		p.Cannot("the suite's own address: %w", err)
	}
	return own.Addr().Unmap()
}

// ClientAddress returns the client.address that a span should have if no proxy is
// trusted: the address of the peer.
func (p *Probe) ClientAddress(server otlptest.Span) string {
	if p.Subject.PeerHost == "" {
		return p.Client(server.Attr("client.address"))
	}
	return p.Client(server.Attr("network.peer.address"))
}

// IsIdle reports whether no call is in progress.
func (s *Peer) IsIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.activeCalls == 0
}

// ServeHTTP stores the headers of each call.
func (s *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	s.calls = append(s.calls, r.Header.Clone())
	s.activeCalls++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.activeCalls--
		s.mu.Unlock()
	}()
	if s.released != nil {
		select {
		case s.Held <- struct{}{}:
		default:
		}
		select {
		case <-s.released:
		case <-r.Context().Done():
		}
	}
	w.WriteHeader(http.StatusOK)
}

// During sends POST /relay, calls f while the service is processing that request, and
// returns when the response has arrived.
func (p *Probe) During(f func()) {
	p.requireRoute(wire.Post("/relay", ""))
	busy := p.Peer()
	letGo := busy.Holds(1)
	defer letGo()
	type answer struct {
		response wire.Response
		err      error
	}
	answered := make(chan answer, 1)
	header, traceID, spanID := Traceparent("01")
	request := wire.Post("/relay", busy.Relay("/held"), header)
	go func() {
		response, err := wire.Send(p.ctx, p.instance.Addr, request)
		answered <- answer{response, err}
	}()
	select {
	case <-busy.Held:
		f()
	case early := <-answered:
		p.Cannot("the service violates CONTRACT.md: POST /relay ended without the outgoing call: got %s%s", early.response, Because(early.err))
	case <-p.ctx.Done():
		p.Cannot("the service made no outgoing call for POST /relay within the time limit of the check")
	}
	letGo()
	a := <-answered
	if a.err != nil {
		p.Cannot("POST /relay: %w", a.err)
	}
	x := p.recordExchange(request, a.response)
	x.TraceID, x.SpanID = traceID, spanID
	p.evidence.Exchanges[len(p.evidence.Exchanges)-1] = x
	p.evidenceTraceIDs = append(p.evidenceTraceIDs, traceID)
}

// Relay returns a body of POST /relay that makes the subject call path on this
// peer.
func (s *Peer) Relay(path string) string {
	return fmt.Sprintf(`[{"url":%q,"arguments":[]}]`, s.url+path)
}

// Only returns the headers of the one call that POST /relay has made. If there was no
// call, the service violates the contract, and the check ends with the outcome "error". If
// there was more than one call, Only records a problem.
func (s *Peer) Only(p *Probe) (http.Header, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) == 0 {
		p.Cannot("the service violates CONTRACT.md: it made no outgoing call for POST /relay%s", p.Details())
	}
	if !p.Equal("outgoing calls for POST /relay", len(s.calls), 1) {
		return nil, false
	}
	return s.calls[0], true
}
