package selflog

import (
	"log/slog"
	"sync/atomic"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// muted silences OpenTelemetry's own messages while exporters are built: the
// exporters read the environment too, and log what they misread, such as an
// endpoint without a scheme. Setup has checked every variable and passes the
// results explicitly.
var muted atomic.Int32

// Mute silences the messages until the returned function is called.
func Mute() (unmute func()) {
	muted.Add(1)
	return func() { muted.Add(-1) }
}

type mutableHandler struct{ *Reporter }

// ErrorHandler returns a global error handler that reports to r.
func ErrorHandler(r *Reporter) otel.ErrorHandler { return mutableHandler{r} }

func (h mutableHandler) Handle(err error) {
	if muted.Load() == 0 {
		h.Reporter.Handle(err)
	}
}

// Telling returns what reports the errors of a component, at any time: to the global
// error handler where global is set, and to r while that is silent, or else.
func Telling(r *Reporter, global bool) func(error) {
	return func(err error) {
		if global && muted.Load() == 0 {
			otel.Handle(err)
			return
		}
		r.Handle(err)
	}
}

// NewLogger returns the logger for OpenTelemetry's own messages.
func NewLogger(logger func() *slog.Logger) logr.Logger {
	return logr.New(&bridge{logger: logger})
}

// bridge is a logr sink that writes to slog.
type bridge struct {
	logger func() *slog.Logger
	name   string
	values []any
}

// level translates OpenTelemetry's verbosity: 1 is a warning, 4 information and
// 8 debugging. Information is about the internals of the SDK, so it becomes
// level Debug.
func level(verbosity int) slog.Level {
	switch {
	case verbosity <= 1:
		return slog.LevelWarn
	case verbosity <= 4:
		return slog.LevelDebug
	}
	return slog.LevelDebug - 4
}

func (b *bridge) Init(logr.RuntimeInfo) {}

func (b *bridge) Enabled(verbosity int) bool {
	return muted.Load() == 0 && b.logger().Enabled(Context, level(verbosity))
}

func (b *bridge) Info(verbosity int, message string, values ...any) {
	b.write(level(verbosity), message, values)
}

func (b *bridge) Error(err error, message string, values ...any) {
	b.write(slog.LevelError, message, append([]any{"error", err}, values...))
}

func (b *bridge) write(level slog.Level, message string, values []any) {
	if muted.Load() != 0 {
		return
	}
	message = "opentelemetry: " + message
	if b.name != "" {
		values = append([]any{"logger", b.name}, values...)
	}
	b.logger().Log(Context, level, message, append(values[:len(values):len(values)], b.values...)...)
}

func (b *bridge) WithValues(values ...any) logr.LogSink {
	return &bridge{logger: b.logger, name: b.name, values: append(b.values[:len(b.values):len(b.values)], values...)}
}

func (b *bridge) WithName(name string) logr.LogSink {
	if b.name != "" {
		name = b.name + "/" + name
	}
	return &bridge{logger: b.logger, name: name, values: b.values}
}
