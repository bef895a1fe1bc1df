package selflog

import (
	"context"
	"log/slog"
)

// AtLeast returns the logger restricted to records of the level minimum or higher.
func AtLeast(logger func() *slog.Logger, minimum slog.Leveler) func() *slog.Logger {
	return func() *slog.Logger { return slog.New(&minLevelHandler{Handler: logger().Handler(), minimum: minimum}) }
}

// minLevelHandler is a handler that ignores records below a level.
type minLevelHandler struct {
	slog.Handler
	minimum slog.Leveler
}

func (h *minLevelHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.minimum.Level() && h.Handler.Enabled(ctx, level)
}

func (h *minLevelHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return &minLevelHandler{Handler: h.Handler.WithAttrs(attributes), minimum: h.minimum}
}

func (h *minLevelHandler) WithGroup(name string) slog.Handler {
	return &minLevelHandler{Handler: h.Handler.WithGroup(name), minimum: h.minimum}
}
