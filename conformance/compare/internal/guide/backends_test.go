package guide

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core"
)

var (
	// variablePattern matches a line that sets a variable, such as OTEL_SERVICE_NAME=orders.
	variablePattern = regexp.MustCompile(`^(OTEL_[A-Z_]+)=(.+)$`)
	// endpointPattern matches an endpoint setting, with the host and port as its group.
	endpointPattern = regexp.MustCompile(`_ENDPOINT=(?:https?://)?([^/\n]+)`)
)

// TestBackendsSettingsWork checks each block of settings in BACKENDS.md: Setup accepts the
// settings, and their addresses appear in the effective configuration.
func TestBackendsSettingsWork(t *testing.T) {
	shown := codeBlocks(readDocument(t, "core/BACKENDS.md"), "sh")
	if len(shown) < 9 {
		t.Fatalf("got %d blocks of variables, want those of each backend", len(shown))
	}
	for _, b := range shown {
		t.Run(strings.TrimSpace(endpointPattern.FindStringSubmatch(b.code)[1]), func(t *testing.T) {
			for _, each := range os.Environ() {
				if name, _, _ := strings.Cut(each, "="); strings.HasPrefix(name, "OTEL_") {
					t.Setenv(name, "")
				}
			}
			for line := range strings.Lines(b.code) {
				match := variablePattern.FindStringSubmatch(strings.TrimSpace(line))
				if match == nil {
					t.Fatalf("core/BACKENDS.md:%d: %q is no setting of a variable", b.line, line)
				}
				t.Setenv(match[1], match[2])
			}
			tel, err := core.Setup(t.Context(), core.WithoutGlobals(), core.WithServiceName("orders"), core.WithLogger(slog.New(slog.DiscardHandler)))
			if err != nil {
				t.Fatalf("core/BACKENDS.md:%d: %v", b.line, err)
			}
			config := tel.String()
			for _, match := range endpointPattern.FindAllStringSubmatch(b.code, -1) {
				if !strings.Contains(config, match[1]) {
					t.Errorf("core/BACKENDS.md:%d: nothing goes to %s:\n%s", b.line, match[1], config)
				}
			}
			shutdownNow(t, tel)
		})
	}
}

// shutdownNow shuts down telemetry that has recorded nothing, without
// waiting for a collector.
func shutdownNow(t *testing.T, tel *core.Telemetry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_ = tel.Shutdown(ctx)
}
