// Package logtest provides loggers whose output tests can read while it is
// written. It is for tests alone and imports the standard library.
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

// Buffer holds what was logged. It is safe for concurrent use.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
	// read is how much Expect has already checked.
	read int
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns everything so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Line reports whether a single line contains all of parts.
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

// New returns a logger for level Warn and above, and its output.
func New() (*slog.Logger, *Buffer) { return NewFrom(slog.LevelWarn) }

// NewFrom returns a logger for level and above, and its output.
func NewFrom(level slog.Level) (*slog.Logger, *Buffer) {
	buffer := new(Buffer)
	return slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{Level: level})), buffer
}

// Expect waits, with the fake time of a synctest bubble, and checks that what
// was logged since the last call contains want, or that nothing was logged if
// want is empty.
func (b *Buffer) Expect(t *testing.T, after time.Duration, want string) {
	t.Helper()
	<-time.After(after)
	synctest.Wait()
	added := b.String()[b.read:]
	b.read += len(added)
	if want == "" && added != "" || !strings.Contains(added, want) {
		t.Errorf("got %q, want %q", added, want)
	}
}
