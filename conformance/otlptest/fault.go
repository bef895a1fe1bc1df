package otlptest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Response decides on an export: see [Server.SetResponse]. The functions of
// this package that return one, or are one, are the ways in which collectors
// fail while they listen. One that does not listen is a [Server] that was
// closed; one that is back is a second with [WithAddr].
type Response = func(ctx context.Context, signal Signal) error

// BlackHole is a [Response] that never comes: the export is not kept.
func BlackHole(ctx context.Context, _ Signal) error {
	<-ctx.Done()
	return status.FromContextError(ctx.Err()).Err()
}

// Slow accepts every export, but only after d. One whose client gives up before
// is not kept.
func Slow(d time.Duration) Response {
	return func(ctx context.Context, _ Signal) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
	}
}

// Fail refuses every export with code. Of the codes that collectors answer
// with, exporters try again after Unavailable and give up after the others;
// for ResourceExhausted see [Throttle].
func Fail(code codes.Code) Response {
	return func(context.Context, Signal) error { return status.Errorf(code, "otlptest fails with %s", code) }
}

// Limit refuses exports whose message takes up more than a number of bytes as
// gRPC servers do, with ResourceExhausted, and accepts the others.
func Limit(bytes int) Response {
	return func(ctx context.Context, _ Signal) error {
		if size, _ := ctx.Value(sizeKey{}).(int); size > bytes {
			return status.Errorf(codes.ResourceExhausted, "grpc: received message larger than max (%d vs. %d)", size, bytes)
		}
		return nil
	}
}

// sizeKey is that of an export's size in the context of its [Response].
type sizeKey struct{}

// Throttle refuses every export with ResourceExhausted and, in a RetryInfo,
// asks for another attempt after d.
func Throttle(d time.Duration) Response {
	return func(context.Context, Signal) error {
		s, err := status.New(codes.ResourceExhausted, "otlptest throttles").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(d)})
		if err != nil {
			return fmt.Errorf("otlptest: RetryInfo of %v: %w", d, err)
		}
		return s.Err()
	}
}

// RejectPart accepts exports but for up to n of each one's items, the last,
// which are not kept, and says so as a partial success with message. Items are
// spans, log records and points of metrics; of a metric all points are
// rejected or none. With an n of 0 the message is a warning.
func RejectPart(n int, message string) Response {
	return func(context.Context, Signal) error { return &partialSuccess{limit: n, message: message} }
}

// Cut is a [Response] that resets the connection instead of answering: the
// export is not kept, and others on the connection fail with it.
func Cut(context.Context, Signal) error { return errCut }

// LoseAnswer is a [Response] that resets the connection like [Cut], but keeps
// the export before: an exporter that tries again sends it twice.
func LoseAnswer(context.Context, Signal) error { return errAnswerLost }

// First lets fault decide on the first n exports and accepts the others.
func First(n int64, fault Response) Response {
	var seen atomic.Int64
	return func(ctx context.Context, signal Signal) error {
		if seen.Add(1) > n {
			return nil
		}
		return fault(ctx, signal)
	}
}

// OnlyTraces lets fault decide on the exports of traces and accepts those of
// the other signals.
func OnlyTraces(fault Response) Response {
	return func(ctx context.Context, signal Signal) error {
		if signal != Traces {
			return nil
		}
		return fault(ctx, signal)
	}
}

var (
	errCut        = errors.New("the connection is cut")
	errAnswerLost = errors.New("the connection is cut after the export was taken")
)

// partialSuccess is the error that makes an answer a partial success.
type partialSuccess struct {
	limit   int
	message string
}

func (p *partialSuccess) Error() string {
	return fmt.Sprintf("partial success, up to %d rejected: %s", p.limit, p.message)
}

// verdict is what becomes of an export.
type verdict struct {
	keep bool
	cut  bool
	// rejected and warning are those of a partial success.
	rejected int64
	warning  string
	// err is the answer, nil for a success, a partial one included.
	err error
}

// decide makes a verdict of a response, and takes what it rejects out of the
// contents.
func decide(response error, contents *batch) verdict {
	var partial *partialSuccess
	switch {
	case response == nil:
		return verdict{keep: true}
	case errors.As(response, &partial):
		return verdict{keep: true, rejected: contents.reject(partial.limit), warning: partial.message}
	case errors.Is(response, errCut), errors.Is(response, errAnswerLost):
		return verdict{keep: errors.Is(response, errAnswerLost), cut: true, err: status.Error(codes.Unavailable, response.Error())}
	default:
		return verdict{err: response}
	}
}

// reject takes up to n items from the end out of the batch, which is of one
// signal, and returns how many.
func (b *batch) reject(n int) int64 {
	spans, logs := min(n, len(b.spans)), min(n, len(b.logs))
	b.spans, b.logs = b.spans[:len(b.spans)-spans], b.logs[:len(b.logs)-logs]
	points := 0
	for len(b.metrics) > 0 {
		last := len(b.metrics[len(b.metrics)-1].Points())
		if points+last > n {
			break
		}
		points += last
		b.metrics = b.metrics[:len(b.metrics)-1]
	}
	return int64(spans + logs + points)
}
