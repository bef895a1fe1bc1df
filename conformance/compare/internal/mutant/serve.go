package mutant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// Serve serves the mutant at addr until the process is told to stop.
func Serve(ctx context.Context, name, addr string) error {
	m, err := named(name)
	if err != nil {
		return err
	}
	s, err := m.base()
	if err != nil {
		return err
	}
	for _, variable := range m.Env {
		key, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(key, value); err != nil {
			return fmt.Errorf("%s: %w", variable, err)
		}
	}
	if m.Traces != nil || m.Metrics != nil {
		p, err := newProxy(&m)
		if err != nil {
			return err
		}
		defer p.close()
	}
	m.apply(&s)
	return s.Run(ctx, addr, "", nil, m.Options...)
}

// apply breaks the subject.
func (m *Mutant) apply(s *subject.Subject) {
	s.Serve, s.Background = m.Serve, m.Background
	if m.Server != nil {
		s.Server = m.Server
		return
	}
	if m.Instrument == nil && m.Inner == nil && m.Outer == nil {
		return
	}
	s.Server = func(service *reference.Service, tel *core.Telemetry, addr string) core.Server {
		handler := reference.NetHTTP(service, m.middleware(tel))
		return &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	}
}

// middleware is the instrumentation with what stands around it.
func (m *Mutant) middleware(tel *core.Telemetry) func(http.Handler) http.Handler {
	instrument := nethttpotel.Middleware(tel)
	if m.Instrument != nil {
		instrument = m.Instrument(tel)
	}
	return func(next http.Handler) http.Handler {
		if m.Inner != nil {
			next = m.Inner(next)
		}
		next = instrument(next)
		if m.Outer != nil {
			next = m.Outer(next)
		}
		return next
	}
}

var errUsage = errors.New("usage: mutant NAME, with SAMESPAN_ADDR set")

// Main is the program of a mutant's process: args are its name.
func Main(args []string) error {
	addr := os.Getenv("SAMESPAN_ADDR")
	if len(args) != 1 || addr == "" {
		return errUsage
	}
	return Serve(context.Background(), args[0], addr)
}
