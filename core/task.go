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

// Go runs do, a task, in a goroutine of its own, for work that outlives the request
// that asked for it. [Telemetry.Shutdown] and [Telemetry.Serve] wait for it.
//
// The task is a trace of its own: its span, name, of kind INTERNAL, is a root
// that links to the span in ctx, since it neither belongs to the request's
// duration nor to its outcome. An error that do returns is recorded on the
// span, and so is a panic, which is logged too and goes no further.
//
// The context that do gets carries the baggage of ctx and nothing else of
// it: not its cancellation, and not its other values, because some frameworks
// use the context of a request again for the next one. What the task needs, it
// takes along in variables. The context ends when the grace period of a
// shutdown does, so that a long task can stop by itself.
//
// Under an excluded request the task runs without a recorded span, and a
// request that it has served in the same process is excluded too. After the
// shutdown it still runs, but is not waited for, and its span is not exported.
func (t *Telemetry) Go(ctx context.Context, name string, do func(context.Context) error, options ...TaskOption) {
	var c taskConfig
	for i, option := range options {
		if option == nil {
			panic(fmt.Sprintf("core: Go: option %d is nil, want one of this package, such as WithTaskAttributes", i+1))
		}
		option.applyTask(&c)
	}
	t = t.ready()
	link := trace.SpanContextFromContext(ctx)
	detached := baggage.ContextWithBaggage(context.Background(), baggage.FromContext(ctx))
	if suppress.Active(ctx) {
		detached = suppress.Context(detached)
	}
	detached, done := t.tasks.Start(detached, name)

	start := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindInternal), trace.WithAttributes(c.attributes...)}
	if link.IsValid() {
		start = append(start, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	// Started before Go returns, so that a shutdown right after knows of it.
	detached, span := t.tracer.Start(detached, name, start...)
	go func() {
		defer done()
		defer span.End()
		task.Run(detached, span, name, do, t.logger())
	}()
}

// TaskOption is an option of [Telemetry.Go]. Only this package has options: the
// interface may get further methods.
type TaskOption interface{ applyTask(*taskConfig) }

type taskConfig struct{ attributes []attribute.KeyValue }

type taskOption func(*taskConfig)

func (o taskOption) applyTask(c *taskConfig) { o(c) }

// WithTaskAttributes adds attributes to the span of the task. Default: none.
func WithTaskAttributes(attributes ...attribute.KeyValue) TaskOption {
	return taskOption(func(c *taskConfig) { c.attributes = append(c.attributes, attributes...) })
}
