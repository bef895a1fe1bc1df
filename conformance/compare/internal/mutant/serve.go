package mutant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// Serve serves the mutant at addr until the process receives a signal to stop.
func Serve(ctx context.Context, name, addr string) error {
	m, err := findMutant(name)
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
	isHTTP := os.Getenv(protocolVariable) == "http/protobuf"
	if m.changesExports() && !isHTTP {
		p, err := startProxy(&m)
		if err != nil {
			return err
		}
		defer p.close()
	}
	if m.Believes && isHTTP {
		closeForwarder, err := startAlwaysSucceedingForwarder()
		if err != nil {
			return err
		}
		defer closeForwarder()
	}
	m.apply(&s)
	err = s.Run(ctx, addr, "", nil, m.Options...)
	if err != nil && m.FailedStart != nil {
		m.FailedStart(err)
	}
	return err
}

// apply introduces the defect into the subject.
func (m *Mutant) apply(s *subject.Subject) {
	s.Serve, s.Background, s.Lifecycle = m.Serve, m.Background, m.Lifecycle
	if m.Server != nil {
		s.Server = m.Server
		return
	}
	if m.Echo != nil {
		register := s.Instrument.Echo
		s.Instrument.Echo = func(w subject.Wiring) func(*echo.Echo) {
			return func(e *echo.Echo) {
				e.Use(m.Echo)
				register(w)(e)
			}
		}
	}
	if m.Instrument == nil && m.Inner == nil && m.Outer == nil {
		return
	}
	// Wrap the subject's own function, which implements the contract's variables.
	instrument := s.Instrument.NetHTTP
	s.Instrument.NetHTTP = func(w subject.Wiring) func(http.Handler) http.Handler { return m.middleware(w, instrument) }
}

// middleware returns the instrumentation with the mutant's outer middleware around it and the
// mutant's inner middleware inside it. subjectMiddleware returns the subject's own
// instrumentation.
func (m *Mutant) middleware(w subject.Wiring, subjectMiddleware func(subject.Wiring) func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	var instrument func(http.Handler) http.Handler
	if m.Instrument != nil {
		instrument = m.Instrument(w.Telemetry)
	} else {
		instrument = subjectMiddleware(w)
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

// Main is the main function of a mutant's process. args must have one element: the name of
// the mutant.
func Main(args []string) error {
	addr := os.Getenv("SAMESPAN_ADDR")
	if len(args) != 1 || addr == "" {
		return errUsage
	}
	go exitWithParent(os.Getppid())
	return Serve(context.Background(), args[0], addr)
}

// exitWithParent ends the process when its parent has ended, so that an interrupted test
// leaves no mutants running.
func exitWithParent(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}
