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

// Run calls do and records on span how it ended. A panic is logged, and goes no
// further.
func Run(ctx context.Context, span trace.Span, name string, do func(context.Context) error, logger *slog.Logger) {
	ended := false
	defer func() {
		if ended {
			return
		}
		value := recover()
		if value == nil {
			// runtime.Goexit, which goes on after this function.
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
	// The text of an error is the task's code as well: that of a nil pointer
	// panics.
	if err := do(ctx); err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.RecordError(err)
	}
	ended = true
}
