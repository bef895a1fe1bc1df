// Package logtest has loggers whose output tests read while it is written. It is
// for the tests of this module and imports nothing of it.
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

// Buffer is what has been written, for several goroutines.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
	// read is how much of it Expect has looked at.
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

// Line reports whether one line has all of parts.
func (b *Buffer) Line(parts ...string) bool {
	for line := range strings.Lines(b.String()) {
		if ContainsAll(line, parts...) {
			return true
		}
	}
	return false
}

// ContainsAll reports whether s has all of parts.
func ContainsAll(s string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}

// New returns a logger of warnings and worse, and what it writes.
func New() (*slog.Logger, *Buffer) { return NewFrom(slog.LevelWarn) }

// NewFrom returns a logger from a level on, and what it writes.
func NewFrom(level slog.Level) (*slog.Logger, *Buffer) {
	buffer := new(Buffer)
	return slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{Level: level})), buffer
}

// Expect waits, in a bubble of synctest where time is a fake, and looks for want,
// and for nothing where want is empty, in what was written since the last call.
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
