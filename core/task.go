package core

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/task"
	"github.com/samespan/samespan/core/suppress"
)

// Go runs the task do in a new goroutine, for work that outlives its request.
// [Telemetry.Shutdown] and [Telemetry.Serve] wait for it.
//
// The task starts a new trace, since it affects neither the duration nor the outcome of
// the request. Its span has the given name, the kind INTERNAL, no parent, and a link to
// the span in ctx. An error that do returns is recorded on the span. A panic is
// recovered, recorded and logged.
//
// The context passed to do has the baggage of ctx, but neither its cancellation nor its
// other values, because some frameworks reuse the context of a request for the next one.
// Pass values that the task needs as variables of the function. The context ends with the
// grace period of a shutdown, so that a long task can stop.
//
// In an excluded request the task has no recorded span, and requests that it makes to
// handlers of the same process are excluded too. A task that is started after the
// shutdown runs, but no call waits for it, and its span is not exported.
func (t *Telemetry) Go(ctx context.Context, name string, do func(context.Context) error, options ...TaskOption) {
	var c taskConfig
	for i, option := range options {
		if option == nil {
			panic(fmt.Sprintf("core: Go: option %d is nil, want one of this package, such as WithTaskAttributes", i+1))
		}
		option.applyTask(&c)
	}
	t = t.ensureInitialized()
	link := trace.SpanContextFromContext(ctx)
	taskCtx := baggage.ContextWithBaggage(context.Background(), baggage.FromContext(ctx))
	if suppress.Active(ctx) {
		taskCtx = suppress.Context(taskCtx)
	}
	// Count the task before Go returns, so that a shutdown that follows at once waits for
	// the task.
	taskCtx, done := t.tasks.Start(taskCtx, name)

	start := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindInternal), trace.WithAttributes(c.attributes...)}
	if link.IsValid() {
		start = append(start, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	taskCtx, span := t.taskTracer.Start(taskCtx, name, start...)
	go func() {
		defer done()
		defer span.End()
		task.Run(taskCtx, span, name, do, t.logger())
	}()
}

// TaskOption is an option of [Telemetry.Go]. Only this package can implement
// options; the interface may get more methods.
type TaskOption interface{ applyTask(*taskConfig) }

// taskConfig holds the values that options of [Telemetry.Go] set.
type taskConfig struct{ attributes []attribute.KeyValue }

// taskOptionFunc implements TaskOption by a function.
type taskOptionFunc func(*taskConfig)

func (o taskOptionFunc) applyTask(c *taskConfig) { o(c) }

// WithTaskAttributes adds attributes to the span of the task. Default: none.
func WithTaskAttributes(attributes ...attribute.KeyValue) TaskOption {
	return taskOptionFunc(func(c *taskConfig) { c.attributes = append(c.attributes, attributes...) })
}
