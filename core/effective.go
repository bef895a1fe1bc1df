package core

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// String returns the effective configuration, with the environment and the options
// applied. It has one line for each subject, such as "traces: otlp, grpc to
// collector:4317 with TLS, …". The text is meant for people and may change. It contains
// no credentials: headers are listed by name, and endpoints without user information and
// query. [Setup] logs a summary of it.
//
// The string of a nil Telemetry says that there is no telemetry.
func (t *Telemetry) String() string {
	if t == nil {
		return "no telemetry, want the *core.Telemetry that core.Setup returns"
	}
	var text strings.Builder
	write := func(prefix string, line slog.Attr) {
		if text.Len() > 0 {
			text.WriteByte('\n')
		}
		fmt.Fprintf(&text, "%s%s: %s", prefix, line.Key, line.Value)
	}
	for _, line := range t.LogValue().Group() {
		if line.Value.Kind() != slog.KindGroup {
			write("", line)
			continue
		}
		for _, setting := range line.Value.Group() {
			write(line.Key+".", setting)
		}
	}
	return text.String()
}

// LogValue returns the lines of String as a group, for [log/slog].
func (t *Telemetry) LogValue() slog.Value {
	if t == nil {
		return slog.StringValue(t.String())
	}
	lines := t.ensureInitialized().effectiveConfig
	if t.finalExportBegun.Load() {
		lines = slices.Insert(slices.Clone(lines), 0, slog.String("state", "shut down, nothing is exported any more"))
	}
	return slog.GroupValue(lines...)
}
