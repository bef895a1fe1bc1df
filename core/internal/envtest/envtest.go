// Package envtest gives tests an environment without OpenTelemetry's variables.
// It imports nothing of this module.
package envtest

import (
	"os"
	"strings"
	"testing"
)

// Clear unsets every OTEL_ variable for the duration of the test.
func Clear(t *testing.T) {
	t.Helper()
	for _, name := range Names() {
		t.Setenv(name, "")
	}
}

// Names returns the names of the variables that are set.
func Names() (names []string) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			names = append(names, name)
		}
	}
	return names
}
