package console

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// Writer keeps what is printed of traces, metrics and logs apart: one
// writes at a time. A writer that panics has failed.
type Writer struct {
	w io.Writer
	// turn is held by the one that writes.
	turn chan struct{}
}

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, turn: make(chan struct{}, 1)}
}

// Until returns the writer of a signal, which gives up when ctx is done: the
// developer's writer may never return.
func (s *Writer) Until(ctx context.Context) *SignalWriter {
	return &SignalWriter{Writer: s, ctx: ctx}
}

// Fd is that of the file beneath, for the question whether it is a terminal.
func (s *Writer) Fd() uintptr {
	if file, ok := s.w.(interface{ Fd() uintptr }); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}

// SignalWriter is the writer of one signal.
type SignalWriter struct {
	*Writer
	ctx context.Context
}

type written struct {
	n   int
	err error
}

func (c *SignalWriter) Write(p []byte) (int, error) {
	select {
	case c.turn <- struct{}{}:
	case <-c.ctx.Done():
		return 0, context.Cause(c.ctx)
	}
	done := make(chan written, 1)
	p = slices.Clone(p) // the caller may use it again before the write has ended
	go func() {
		var result written
		defer func() {
			if value := recover(); value != nil {
				result.err = fmt.Errorf("the writer panicked: %v", value)
			}
			<-c.turn
			done <- result
		}()
		result.n, result.err = c.w.Write(p)
	}()
	select {
	case result := <-done:
		return result.n, result.err
	case <-c.ctx.Done():
		return 0, context.Cause(c.ctx)
	}
}
