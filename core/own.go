package core

import (
	"context"
	"log/slog"
)

type ownKey struct{}

// own is the context of what this package logs about telemetry. By it
// [Telemetry.LogHandler] knows what not to export: a record about a failed
// export would be in the next one that fails.
var own = context.WithValue(context.Background(), ownKey{}, true)

func isOwn(ctx context.Context) bool { return ctx.Value(ownKey{}) != nil }

// say logs a message about the telemetry itself.
func (t *Telemetry) say(level slog.Level, message string, attributes ...slog.Attr) {
	t.logger().LogAttrs(own, level, message, attributes...)
}
