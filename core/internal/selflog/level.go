package selflog

import (
	"context"
	"log/slog"
)

// AtLeast returns the logger restricted to records of a minimum level.
func AtLeast(logger func() *slog.Logger, least slog.Leveler) func() *slog.Logger {
	return func() *slog.Logger { return slog.New(&leastLevel{Handler: logger().Handler(), least: least}) }
}

// leastLevel is a handler that ignores records below a level.
type leastLevel struct {
	slog.Handler
	least slog.Leveler
}

func (h *leastLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.least.Level() && h.Handler.Enabled(ctx, level)
}

func (h *leastLevel) WithAttrs(attributes []slog.Attr) slog.Handler {
	return &leastLevel{Handler: h.Handler.WithAttrs(attributes), least: h.least}
}

func (h *leastLevel) WithGroup(name string) slog.Handler {
	return &leastLevel{Handler: h.Handler.WithGroup(name), least: h.least}
}
