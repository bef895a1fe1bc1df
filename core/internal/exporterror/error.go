package exporterror

import (
	"context"
	"io/fs"
	"strings"
	"syscall"

	"github.com/samespan/samespan/core/internal/sanitize"
)

// Error is the error of an export, with the address of the collector and
// advice.
type Error struct {
	// Collector is the address that the export was sent to.
	Collector string
	Err       error
	// Advice says what to change. It may be empty.
	Advice string
}

// maxErrorText limits what a collector can write into the log; a proxy may
// answer with a whole page.
const maxErrorText = 1000

// Error returns one line.
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

// Is reports whether the error's text says the same as target: gRPC passes on
// only texts.
func (e *Error) Is(target error) bool {
	for _, cause := range errorTexts {
		if cause.err == target {
			return strings.Contains(e.Err.Error(), cause.sign)
		}
	}
	return false
}

// errorTexts are the texts of errors of the system and of contexts.
var errorTexts = []struct {
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
