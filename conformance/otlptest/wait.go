package otlptest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// defaultWaitTimeout limits a wait whose context has no deadline, so that a test that
// waits in vain fails soon.
const defaultWaitTimeout = 10 * time.Second

// ErrClosed is the error of a wait when the server is closed.
var ErrClosed = errors.New("the server is closed")

// Wait returns nil when enough returns true for what was received; it is called
// at once and after every export and Reset. If ctx ends first, after 10 seconds
// if it has no deadline, or the server is closed, the error wraps ctx's error
// or [ErrClosed] and lists what was received. Calls of enough do not overlap.
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
		return fmt.Errorf("otlptest: not received within %v (%w), but:\n%s",
			time.Since(began).Round(time.Millisecond), err, snapshot)
	}
}

// WaitSpans waits like [Server.Wait] for at least n spans, and returns all
// spans.
func (s *Server) WaitSpans(ctx context.Context, n int) ([]Span, error) {
	return s.waitSpans(ctx, n, "spans", Snapshot.Spans)
}

// WaitTrace waits like [Server.Wait] for at least n spans of the trace with
// that id, in lower-case hexadecimal, and returns all spans of the trace.
func (s *Server) WaitTrace(ctx context.Context, traceID string, n int) ([]Span, error) {
	return s.waitSpans(ctx, n, "spans of trace "+traceID, func(snapshot Snapshot) []Span {
		return snapshot.Trace(traceID)
	})
}

func (s *Server) waitSpans(ctx context.Context, n int, what string, pick func(Snapshot) []Span) ([]Span, error) {
	var spans []Span
	err := s.Wait(ctx, func(snapshot Snapshot) bool {
		spans = pick(snapshot)
		return len(spans) >= n
	})
	if err != nil {
		return spans, fmt.Errorf("got %d %s, want %d: %w", len(spans), what, n, err)
	}
	return spans, nil
}
