package configfile_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/configfile"
	"github.com/samespan/samespan/internal/logtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clearEnvironment sets every OTEL_* variable to "" during the test, which counts as not
// set.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
}

// writeFile writes text to a new file and returns the path of the file.
func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "otel.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// setup calls core.Setup with a file. It also returns the log, which has the warnings.
func setup(t *testing.T, path string, options ...core.Option) (*core.Telemetry, *logtest.Buffer) {
	t.Helper()
	t.Setenv("OTEL_CONFIG_FILE", path)
	log := new(logtest.Buffer)
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	tel, err := core.Setup(t.Context(), append(options, configfile.FromEnvironment(), core.WithLogger(logger))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	return tel, log
}

// mustShutdown shuts down the telemetry. The test fails if anything was lost.
func mustShutdown(t *testing.T, tel *core.Telemetry) {
	t.Helper()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}
