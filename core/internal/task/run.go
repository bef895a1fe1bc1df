package task

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Run calls do and records its outcome on span. A panic is recovered and
// logged.
func Run(ctx context.Context, span trace.Span, name string, do func(context.Context) error, logger *slog.Logger) {
	ended := false
	defer func() {
		if ended {
			return
		}
		value := recover()
		if value == nil {
			// runtime.Goexit continues after this function returns.
			span.SetStatus(codes.Error, "the task ended its goroutine")
			return
		}
		stack := string(debug.Stack())
		span.SetStatus(codes.Error, fmt.Sprintf("panic: %v", value))
		span.AddEvent("exception", trace.WithAttributes(
			semconv.ExceptionType(fmt.Sprintf("%T", value)),
			semconv.ExceptionMessage(fmt.Sprint(value)),
			semconv.ExceptionStacktrace(stack),
		))
		logger.ErrorContext(ctx, "core: a background task panicked", "task", name, "panic", value, "stack", stack)
	}()
	// Error is the task's code too: on a nil pointer it may panic.
	if err := do(ctx); err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.RecordError(err)
	}
	ended = true
}
