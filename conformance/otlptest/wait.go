package otlptest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// defaultWaitTimeout limits a wait whose context has no deadline, so that a test does not
// hang if the telemetry never arrives.
const defaultWaitTimeout = 10 * time.Second

// ErrClosed is the error that a wait returns if the server is closed.
var ErrClosed = errors.New("the server is closed")

// Wait waits until the function enough returns true for the received telemetry, and then
// returns nil. Wait calls the function at once, and after every export and every Reset.
// Calls do not overlap.
// If ctx ends first, or the server is closed, the returned error wraps ctx's error or
// [ErrClosed] and lists the received telemetry. If ctx has no deadline, Wait waits at most
// 10 seconds.
func (s *Server) Wait(ctx context.Context, enough func(Snapshot) bool) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultWaitTimeout)
		defer cancel()
	}
	began := time.Now()
	for {
		snapshot, changed, closed := s.store.snapshot()
		if enough(snapshot) {
			return nil
		}
		err := ErrClosed
		if !closed {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		return fmt.Errorf("otlptest: not received within %v (%w); received:\n%s",
			time.Since(began).Round(time.Millisecond), err, snapshot)
	}
}

// WaitSpans waits like [Server.Wait] for at least n spans, and returns all
// spans.
func (s *Server) WaitSpans(ctx context.Context, n int) ([]Span, error) {
	return s.waitSpans(ctx, n, "spans", Snapshot.Spans)
}

// WaitTrace waits like [Server.Wait] for at least n spans of the trace, and returns all
// spans of the trace. traceID is in lower-case hexadecimal.
func (s *Server) WaitTrace(ctx context.Context, traceID string, n int) ([]Span, error) {
	return s.waitSpans(ctx, n, "spans of trace "+traceID, func(snapshot Snapshot) []Span {
		return snapshot.Trace(traceID)
	})
}

// waitSpans waits until selectSpans returns at least n spans. The parameter what describes
// these spans in errors.
func (s *Server) waitSpans(ctx context.Context, n int, what string, selectSpans func(Snapshot) []Span) ([]Span, error) {
	var spans []Span
	err := s.Wait(ctx, func(snapshot Snapshot) bool {
		spans = selectSpans(snapshot)
		return len(spans) >= n
	})
	if err != nil {
		return spans, fmt.Errorf("got %d %s, want %d: %w", len(spans), what, n, err)
	}
	return spans, nil
}
