package core

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// sharedWriter keeps what is printed of traces, metrics and logs apart: one
// writes at a time. A writer that panics has failed.
type sharedWriter struct {
	w io.Writer
	// turn is held by the one that writes.
	turn chan struct{}
}

func newSharedWriter(w io.Writer) *sharedWriter {
	return &sharedWriter{w: w, turn: make(chan struct{}, 1)}
}

// until returns the writer of a signal, which gives up when ctx is done: the
// developer's writer may never return.
func (s *sharedWriter) until(ctx context.Context) *consoleWriter {
	return &consoleWriter{sharedWriter: s, ctx: ctx}
}

// Fd is that of the file beneath, for the question whether it is a terminal.
func (s *sharedWriter) Fd() uintptr {
	if file, ok := s.w.(interface{ Fd() uintptr }); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}

// consoleWriter is the writer of one signal.
type consoleWriter struct {
	*sharedWriter
	ctx context.Context
}

type written struct {
	n   int
	err error
}

func (c *consoleWriter) Write(p []byte) (int, error) {
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
