package fasthttpotel

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Server starts and stops the server of an app, at most once. Its errors begin
// with fiberotel, the name of every adapter's package.
type Server struct {
	// Network and Address say where it listens.
	Network, Address string
	// Serve serves the listener's connections until Stop is called.
	Serve func(net.Listener) error
	// Stop waits for the requests in progress until its context is done.
	Stop func(context.Context) error

	mu       sync.Mutex
	listener *listener
	stopped  bool
}

// ListenAndServe serves until Shutdown, and then returns nil.
func (s *Server) ListenAndServe() error {
	ln, err := s.listen()
	if ln == nil || err != nil {
		return err
	}
	if err := s.Serve(ln); err != nil {
		return fmt.Errorf("fiberotel: serve %s: %w", s.Address, err)
	}
	return nil
}

// listen returns nil after Shutdown.
func (s *Server) listen() (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil, nil
	}
	ln, err := net.Listen(s.Network, s.Address)
	if err != nil {
		return nil, fmt.Errorf("fiberotel: listen on %s %q: %w", s.Network, s.Address, err)
	}
	s.listener = newListener(ln)
	return s.listener, nil
}

// Shutdown stops accepting connections and waits for the requests in progress,
// until ctx is done. A server that does not serve yet never will.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	ln := s.listener
	s.mu.Unlock()
	if ln == nil {
		return nil
	}
	// fasthttp may not know the listener yet, and then would not close it.
	if err := ln.Close(); err != nil {
		return fmt.Errorf("fiberotel: close %s: %w", s.Address, err)
	}
	stop := ln.keepClosingUnused()
	defer stop()
	if err := s.Stop(ctx); err != nil {
		return fmt.Errorf("fiberotel: shut down %s: %w", s.Address, err)
	}
	return nil
}
