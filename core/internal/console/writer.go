package console

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// Writer serializes the output of traces, metrics and logs. A panic of the
// underlying writer counts as an error.
type Writer struct {
	w io.Writer
	// writeSemaphore allows one write at a time.
	writeSemaphore chan struct{}
}

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, writeSemaphore: make(chan struct{}, 1)}
}

// Until returns a writer for one signal. Its writes return when ctx is done, even if the
// underlying writer never returns.
func (s *Writer) Until(ctx context.Context) *SignalWriter {
	return &SignalWriter{Writer: s, ctx: ctx}
}

// Fd returns the file descriptor of the underlying file, to check whether it is
// a terminal.
func (s *Writer) Fd() uintptr {
	if file, ok := s.w.(interface{ Fd() uintptr }); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}

// SignalWriter is the writer of one signal.
type SignalWriter struct {
	*Writer
	// ctx makes a write return early, when ctx is done.
	ctx context.Context
}

// writeResult is the result of a call of [io.Writer.Write].
type writeResult struct {
	bytesWritten int
	err          error
}

func (c *SignalWriter) Write(p []byte) (int, error) {
	select {
	case c.writeSemaphore <- struct{}{}:
	case <-c.ctx.Done():
		return 0, context.Cause(c.ctx)
	}
	done := make(chan writeResult, 1)
	p = slices.Clone(p) // the write may outlast this call, and the caller may reuse p
	go func() {
		var result writeResult
		defer func() {
			if value := recover(); value != nil {
				result.err = fmt.Errorf("the writer panicked: %v", value)
			}
			<-c.writeSemaphore
			done <- result
		}()
		result.bytesWritten, result.err = c.w.Write(p)
	}()
	select {
	case result := <-done:
		return result.bytesWritten, result.err
	case <-c.ctx.Done():
		return 0, context.Cause(c.ctx)
	}
}
