package selflog

import (
	"log/slog"
	"sync/atomic"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// muteCount is the number of calls of [Mute] in effect. While it is not 0, OpenTelemetry's
// own messages are dropped. Setup mutes them while it builds exporters: the exporters read
// the environment too, and log values that they misread, such as an endpoint without a
// scheme. Setup has already checked every variable and passes the results explicitly.
var muteCount atomic.Int32

// Mute drops OpenTelemetry's own messages until the returned function is called.
func Mute() (unmute func()) {
	muteCount.Add(1)
	return func() { muteCount.Add(-1) }
}

// errorHandler is an error handler that ignores errors while [Mute] is in effect.
type errorHandler struct{ *Reporter }

// ErrorHandler returns a global error handler that reports to r.
func ErrorHandler(r *Reporter) otel.ErrorHandler { return errorHandler{r} }

func (h errorHandler) Handle(err error) {
	if muteCount.Load() == 0 {
		h.Reporter.Handle(err)
	}
}

// Telling returns a function that reports errors of a component. The function can be
// called at any time. If global is false, it reports to r. If global is true, it reports
// to the global error handler or, while that handler is muted, to r.
func Telling(r *Reporter, global bool) func(error) {
	return func(err error) {
		if global && muteCount.Load() == 0 {
			otel.Handle(err)
			return
		}
		r.Handle(err)
	}
}

// NewLogger returns the logger for OpenTelemetry's own messages.
func NewLogger(logger func() *slog.Logger) logr.Logger {
	return logr.New(&slogSink{logger: logger})
}

// slogSink is a logr sink that writes to slog.
type slogSink struct {
	logger func() *slog.Logger
	// name is the name that WithName has set.
	name string
	// values are the keys and values that WithValues has added.
	values []any
}

// slogLevel translates OpenTelemetry's verbosity: 1 is a warning, 4 information and 8
// debugging. Information messages are about the internals of the SDK, so their level is
// Debug.
func slogLevel(verbosity int) slog.Level {
	switch {
	case verbosity <= 1:
		return slog.LevelWarn
	case verbosity <= 4:
		return slog.LevelDebug
	}
	return slog.LevelDebug - 4
}

func (b *slogSink) Init(logr.RuntimeInfo) {}

func (b *slogSink) Enabled(verbosity int) bool {
	return muteCount.Load() == 0 && b.logger().Enabled(Context, slogLevel(verbosity))
}

func (b *slogSink) Info(verbosity int, message string, values ...any) {
	b.write(slogLevel(verbosity), message, values)
}

func (b *slogSink) Error(err error, message string, values ...any) {
	b.write(slog.LevelError, message, append([]any{"error", err}, values...))
}

// write logs a message at level, unless messages are muted.
func (b *slogSink) write(level slog.Level, message string, values []any) {
	if muteCount.Load() != 0 {
		return
	}
	message = "opentelemetry: " + message
	if b.name != "" {
		values = append([]any{"logger", b.name}, values...)
	}
	b.logger().Log(Context, level, message, append(values[:len(values):len(values)], b.values...)...)
}

func (b *slogSink) WithValues(values ...any) logr.LogSink {
	return &slogSink{logger: b.logger, name: b.name, values: append(b.values[:len(b.values):len(b.values)], values...)}
}

func (b *slogSink) WithName(name string) logr.LogSink {
	if b.name != "" {
		name = b.name + "/" + name
	}
	return &slogSink{logger: b.logger, name: name, values: b.values}
}
