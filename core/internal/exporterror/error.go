package exporterror

import (
	"strings"

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
