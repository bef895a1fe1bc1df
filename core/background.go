package core

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/plural"
	"github.com/samespan/samespan/core/suppress"
)

// Go runs task in a goroutine of its own, for work that outlives the request
// that asked for it. [Telemetry.Shutdown] and [Telemetry.Serve] wait for it.
//
// The task is a trace of its own: its span, name, of kind INTERNAL, is a root
// that links to the span in ctx, since it neither belongs to the request's
// duration nor to its outcome. An error that task returns is recorded on the
// span, and so is a panic, which is logged too and goes no further.
//
// The context that task gets carries the baggage of ctx and nothing else of
// it: not its cancellation, and not its other values, because some frameworks
// use the context of a request again for the next one. What the task needs, it
// takes along in variables. The context ends when the grace period of a
// shutdown does, so that a long task can stop by itself.
//
// Under an excluded request the task runs without a recorded span, and a
// request that it has served in the same process is excluded too. After the
// shutdown it still runs, but nobody waits for it and its span is not exported.
func (t *Telemetry) Go(ctx context.Context, name string, task func(context.Context) error, options ...TaskOption) {
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
	detached, done := t.tasks.start(detached, name)

	start := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindInternal), trace.WithAttributes(c.attributes...)}
	if link.IsValid() {
		start = append(start, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	// Started before Go returns, so that a shutdown right after knows of it.
	detached, span := t.tracer.Start(detached, name, start...)
	go func() {
		defer done()
		defer span.End()
		t.runTask(detached, span, name, task)
	}()
}

// runTask runs task and records how it ended.
func (t *Telemetry) runTask(ctx context.Context, span trace.Span, name string, task func(context.Context) error) {
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
		t.logger().ErrorContext(ctx, "core: a background task panicked", "task", name, "panic", value, "stack", stack)
	}()
	// The text of an error is the task's code as well: that of a nil pointer
	// panics.
	if err := task(ctx); err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.RecordError(err)
	}
	ended = true
}

var errTasksTimeout error = &errTimeOver{text: "the time for background tasks is over"}

// tasks are the background tasks of a service.
type tasks struct {
	mu      sync.Mutex
	names   map[string]int
	running int
	// idle is closed when running falls to 0; nil while nobody waits.
	idle chan struct{}
	// ctx ends when the tasks are to stop by themselves.
	ctx    context.Context
	cancel context.CancelFunc
	// left says that a shutdown has given the tasks up.
	left bool
}

// start counts a task, and returns its context and what it calls at its end.
func (t *tasks) start(ctx context.Context, name string) (context.Context, func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		t.ctx, t.cancel = context.WithCancel(context.Background())
	}
	if t.names == nil {
		t.names = make(map[string]int)
	}
	t.names[name]++
	t.running++
	ctx, cancel := context.WithCancel(ctx)
	var stop func() bool
	if !t.left {
		stop = context.AfterFunc(t.ctx, cancel)
	}
	return ctx, func() {
		if stop != nil {
			stop()
		}
		cancel()
		t.end(name)
	}
}

func (t *tasks) end(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.names[name]--
	if t.names[name] == 0 {
		delete(t.names, name)
	}
	t.running--
	if t.running == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// lastWords is how long tasks that were told to stop may take for it, or half
// of the time that is left if that is less.
const lastWords = time.Second

// stop waits for every task, also for those that start meanwhile. When ctx
// ends it cancels their contexts, waits a moment more, within limit, and
// returns an error that names those that go on; after that it waits no more.
func (t *tasks) stop(ctx, limit context.Context) error {
	t.mu.Lock()
	given := t.left
	t.mu.Unlock()
	if given || t.wait(ctx) {
		return nil
	}
	t.mu.Lock()
	t.left = true
	t.mu.Unlock()
	t.cancel()
	words := lastWords
	if deadline, ok := limit.Deadline(); ok {
		words = min(words, time.Until(deadline)/2)
	}
	moment, done := context.WithTimeout(limit, words)
	defer done()
	if t.wait(moment) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(t.names))
	return fmt.Errorf("%s not ended (%s): %w", plural.Count(uint64(t.running), "background task"), strings.Join(names, ", "), context.Cause(ctx))
}

// wait returns whether no task runs before ctx is done.
func (t *tasks) wait(ctx context.Context) bool {
	t.mu.Lock()
	if t.running == 0 {
		t.mu.Unlock()
		return true
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
		return true
	case <-ctx.Done():
		return false
	}
}
