package snippet

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
)

// Worker has the methods of core.Server, so that Telemetry.Serve can run a worker.
type Worker struct {
	run      func(context.Context) error
	ctx      context.Context // ends when the service stops
	stop     context.CancelFunc
	returned chan struct{}
}

// NewWorker returns a worker that calls run. run must return when its context ends.
func NewWorker(run func(context.Context) error) *Worker {
	ctx, stop := context.WithCancel(context.Background())
	return &Worker{run: run, ctx: ctx, stop: stop, returned: make(chan struct{})}
}

// ListenAndServe works until Shutdown is called.
func (w *Worker) ListenAndServe() error {
	defer close(w.returned)
	err := w.run(w.ctx)
	if w.ctx.Err() != nil {
		return nil // err says only that the context has ended
	}
	return err
}

// Shutdown stops the worker and waits until it has returned.
func (w *Worker) Shutdown(ctx context.Context) error {
	w.stop()
	select {
	case <-w.returned:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Message is a message of a queue.
type Message struct {
	Headers map[string]string
	Body    []byte
}

// Consume returns a worker that handles messages until the service stops. A message that
// is being handled is completed.
func Consume(tel *core.Telemetry, receive func(context.Context) (Message, error), handle func(context.Context, Message) error) *Worker {
	worker := NewWorker(func(ctx context.Context) error {
		for {
			message, err := receive(ctx)
			if err != nil {
				return err
			}
			HandleMessage(context.WithoutCancel(ctx), tel, message, handle) // completes the message when the service stops
		}
	})
	return worker
}

// HandleMessage handles a message in a span. If the sender has added its trace to the
// headers of the message, the span belongs to this trace.
func HandleMessage(ctx context.Context, tel *core.Telemetry, message Message, handle func(context.Context, Message) error) {
	ctx = tel.Propagator().Extract(ctx, propagation.MapCarrier(message.Headers))
	ctx, span := tel.TracerProvider().Tracer("orders").Start(ctx, "process orders", trace.WithSpanKind(trace.SpanKindConsumer))
	defer span.End()
	if err := handle(ctx, message); err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
}

// SendMessage sends a message with the trace of ctx in its headers.
func SendMessage(ctx context.Context, tel *core.Telemetry, message Message, send func(context.Context, Message) error) error {
	ctx, span := tel.TracerProvider().Tracer("orders").Start(ctx, "send orders", trace.WithSpanKind(trace.SpanKindProducer))
	defer span.End()
	tel.Propagator().Inject(ctx, propagation.MapCarrier(message.Headers))
	return send(ctx, message)
}
