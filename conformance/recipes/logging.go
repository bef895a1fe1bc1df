package recipes

import (
	"context"
	"io"

	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/contrib/bridges/otelzap"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/samespan/samespan/core"
)

// Zap returns a logger that passes its records to next and also exports them.
func Zap(tel *core.Telemetry, next zapcore.Core) *zap.Logger {
	logger := zap.New(zapcore.NewTee(next, otelzap.NewCore("orders", otelzap.WithLoggerProvider(tel.LoggerProvider()))))
	return logger
}

// ZapTrace is a log field with a context. otelzap reads the span from the context. Other
// cores of zap write the ids of the trace and the span.
type ZapTrace struct{ context.Context }

// MarshalLogObject adds to e the trace id and the span id from the context.
func (t ZapTrace) MarshalLogObject(e zapcore.ObjectEncoder) error {
	if span := trace.SpanContextFromContext(t); span.IsValid() {
		e.AddString("trace_id", span.TraceID().String())
		e.AddString("span_id", span.SpanID().String())
	}
	return nil
}

// ZapOrder logs a record with the trace of ctx.
func ZapOrder(ctx context.Context, logger *zap.Logger) {
	logger.Info("order placed", zap.Int("order", 17), zap.Inline(ZapTrace{ctx}))
}

// ZerologTrace is a hook that adds the ids of the trace and the span to each event.
type ZerologTrace struct{}

// Run adds to e the trace id and the span id from the event's context.
func (ZerologTrace) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	if span := trace.SpanContextFromContext(e.GetCtx()); span.IsValid() {
		e.Stringer("trace_id", span.TraceID()).Stringer("span_id", span.SpanID())
	}
}

// Zerolog logs an event with the ids of the trace in ctx.
func Zerolog(ctx context.Context, w io.Writer) {
	logger := zerolog.New(w).Hook(ZerologTrace{})
	logger.Info().Ctx(ctx).Int("order", 17).Msg("order placed")
}

// LogrusTrace is a hook that adds the ids of the trace and the span to each entry.
type LogrusTrace struct{}

// Levels returns all levels: the hook applies to every entry.
func (LogrusTrace) Levels() []logrus.Level { return logrus.AllLevels }

// Fire adds to e the trace id and the span id from the entry's context.
func (LogrusTrace) Fire(e *logrus.Entry) error {
	if e.Context == nil {
		return nil
	}
	if span := trace.SpanContextFromContext(e.Context); span.IsValid() {
		e.Data["trace_id"], e.Data["span_id"] = span.TraceID().String(), span.SpanID().String()
	}
	return nil
}

// Logrus logs an entry with the ids of the trace in ctx.
func Logrus(ctx context.Context, logger *logrus.Logger) {
	logger.AddHook(LogrusTrace{})
	logger.WithContext(ctx).WithField("order", 17).Info("order placed")
}
