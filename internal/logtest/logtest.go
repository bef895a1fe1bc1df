// Package logtest provides loggers for tests. A test can read the output of a logger while
// other goroutines log. The package imports only the standard library.
package logtest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Buffer holds the output of a logger. It is safe for concurrent use.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
	// checkedBytes is the number of bytes that Expect has already checked.
	checkedBytes int
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns the output so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Line reports whether there is a line that contains all of parts.
func (b *Buffer) Line(parts ...string) bool {
	for line := range strings.Lines(b.String()) {
		if ContainsAll(line, parts...) {
			return true
		}
	}
	return false
}

// ContainsAll reports whether s contains all of parts.
func ContainsAll(s string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}

// New returns a logger for level Warn and above, and the buffer of its output.
func New() (*slog.Logger, *Buffer) { return NewFrom(slog.LevelWarn) }

// NewFrom returns a logger for level and above, and the buffer of its output.
func NewFrom(level slog.Level) (*slog.Logger, *Buffer) {
	buffer := new(Buffer)
	return slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{Level: level})), buffer
}

// Expect waits for delay and checks that the output since the last call of Expect contains
// want. If want is empty, there must be no output since that call. Expect must be
// called in a synctest bubble, where the time is fake.
func (b *Buffer) Expect(t *testing.T, delay time.Duration, want string) {
	t.Helper()
	<-time.After(delay)
	synctest.Wait()
	output := b.String()[b.checkedBytes:]
	b.checkedBytes += len(output)
	if want == "" && output != "" || !strings.Contains(output, want) {
		t.Errorf("got %q, want %q", output, want)
	}
}
