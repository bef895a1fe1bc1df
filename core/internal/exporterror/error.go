package exporterror

import (
	"context"
	"io/fs"
	"strings"
	"syscall"

	"github.com/samespan/samespan/core/internal/sanitize"
)

// Error is an export's error with what its reader needs: the address, and what
// to do.
type Error struct {
	// Collector is where the export was sent to.
	Collector string
	Err       error
	// Advice may be empty.
	Advice string
}

// maxErrorText bounds what a collector can write into the log: behind a proxy
// that is a whole page.
const maxErrorText = 1000

// Error is one line.
func (e *Error) Error() string {
	text := strings.Join(strings.Fields(e.Err.Error()), " ")
	if len(text) > maxErrorText {
		text, _ = sanitize.String(text[:maxErrorText])
		text += "…"
	}
	text = e.Collector + ": " + text
	if e.Advice != "" {
		text += " (" + e.Advice + ")"
	}
	return text
}

// Unwrap returns the exporter's error.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is what the error's text tells of: gRPC hands on
// nothing but text.
func (e *Error) Is(target error) bool {
	for _, cause := range causes {
		if cause.err == target {
			return strings.Contains(e.Err.Error(), cause.sign)
		}
	}
	return false
}

// causes are the texts that errors of the system and of contexts leave.
var causes = []struct {
	err  error
	sign string
}{
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ECONNRESET, "connection reset by peer"},
	{syscall.EHOSTUNREACH, "no route to host"},
	{syscall.ENETUNREACH, "network is unreachable"},
	{fs.ErrNotExist, "no such file or directory"},
	{context.DeadlineExceeded, "deadline exceeded"},
}
