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

// maxErrorText limits the length of a collector's text in the log. A proxy may respond
// with a whole page.
const maxErrorText = 1000

// Error returns the error, the address and the advice in one line.
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

// Is reports whether the text of the error contains the text of target. It compares texts
// because gRPC does not wrap the original error.
func (e *Error) Is(target error) bool {
	for _, cause := range errorTexts {
		if cause.err == target {
			return strings.Contains(e.Err.Error(), cause.text)
		}
	}
	return false
}

// errorTexts are the errors that [Error.Is] recognizes, with their texts.
var errorTexts = []struct {
	err  error
	text string
}{
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ECONNRESET, "connection reset by peer"},
	{syscall.EHOSTUNREACH, "no route to host"},
	{syscall.ENETUNREACH, "network is unreachable"},
	{fs.ErrNotExist, "no such file or directory"},
	{context.DeadlineExceeded, "deadline exceeded"},
}
