// Package envtest gives tests an environment without OpenTelemetry's variables. It
// imports nothing of this module, so that the tests of every package can use it.
package envtest

import (
	"os"
	"strings"
	"testing"
)

// Clear sets every OTEL_ variable to the empty string, which counts as not set, for the
// duration of the test.
func Clear(t *testing.T) {
	t.Helper()
	for _, name := range Names() {
		t.Setenv(name, "")
	}
}

// Names returns the names of the OTEL_ variables in the environment.
func Names() (names []string) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			names = append(names, name)
		}
	}
	return names
}
