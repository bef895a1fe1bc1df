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

// Run calls do and records the outcome on span. It recovers and logs a panic.
func Run(ctx context.Context, span trace.Span, name string, do func(context.Context) error, logger *slog.Logger) {
	ended := false
	defer func() {
		if ended {
			return
		}
		value := recover()
		if value == nil {
			// do has called runtime.Goexit, which continues after this function returns.
			span.SetStatus(codes.Error, "the task called runtime.Goexit")
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
	// do and the Error method of its error may panic. The deferred function recovers
	// both.
	if err := do(ctx); err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.RecordError(err)
	}
	ended = true
}
