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

// Response decides how the server responds to an export: see [Server.SetResponse]. The
// Responses of this package simulate faulty collectors that still accept connections. To
// simulate a collector that is down, close the [Server]. To simulate its restart, start a
// second server at the same address with [WithAddr].
type Response = func(ctx context.Context, signal Signal) error

// BlackHole is a [Response] that never responds. The export is not stored.
func BlackHole(ctx context.Context, _ Signal) error {
	<-ctx.Done()
	return status.FromContextError(ctx.Err()).Err()
}

// Slow accepts every export after d. If the client cancels an export earlier, that export
// is not stored.
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

// Fail refuses every export with the code. Exporters retry after the code Unavailable. After
// ResourceExhausted, they retry over gRPC only if the response has a RetryInfo: see
// [Throttle]. Over http/protobuf, it becomes 429, after which they always retry. They do not
// retry after other codes that collectors use.
func Fail(code codes.Code) Response {
	return func(context.Context, Signal) error {
		return status.Errorf(code, "otlptest is configured to fail with %s", code)
	}
}

// Limit accepts exports whose message has at most the given number of bytes. It refuses
// larger ones as servers do: over gRPC with the code ResourceExhausted, over http/protobuf
// with the status 413.
func Limit(bytes int) Response {
	return func(ctx context.Context, _ Signal) error {
		if size, _ := ctx.Value(sizeKey{}).(int); size > bytes {
			return &tooLargeError{size: size, limit: bytes}
		}
		return nil
	}
}

// tooLargeError is the error of an export that is larger than the limit of [Limit].
type tooLargeError struct{ size, limit int }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("received message larger than max (%d vs. %d)", e.size, e.limit)
}

// GRPCStatus returns the status with which package grpc responds to the export.
func (e *tooLargeError) GRPCStatus() *status.Status {
	return status.New(codes.ResourceExhausted, "grpc: "+e.Error())
}

// sizeKey is the context key of the size of an export, in bytes.
type sizeKey struct{}

// Throttle refuses every export with ResourceExhausted and a RetryInfo that asks for a retry
// after d. Over http/protobuf, it asks with Retry-After, in whole seconds, rounded up.
func Throttle(d time.Duration) Response {
	return func(context.Context, Signal) error {
		s, err := status.New(codes.ResourceExhausted, "otlptest throttles").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(d)})
		if err != nil {
			return fmt.Errorf("otlptest: add a RetryInfo of %v to the status: %w", d, err)
		}
		return s.Err()
	}
}

// RejectPart rejects the last n items of each export, and accepts the other items. Rejected
// items are not stored. The response is a partial success with the message. Items are spans,
// log records and metric points. A metric is rejected only with all its points, so fewer
// than n points may be rejected. If n is 0 or less, nothing is rejected and the message is a
// warning.
func RejectPart(n int, message string) Response {
	n = max(n, 0)
	return func(context.Context, Signal) error { return &partialSuccess{maxRejected: n, message: message} }
}

// Cut is a [Response] that resets the connection instead of responding. The export is not
// stored. Other exports in progress on the connection fail, too.
func Cut(context.Context, Signal) error { return errConnectionCut }

// LoseAnswer is a [Response] that resets the connection like [Cut], but stores the
// export. An exporter that retries therefore sends it twice.
func LoseAnswer(context.Context, Signal) error { return errAnswerLost }

// First applies fault to the first n exports and accepts the others. If fault is nil, it
// accepts all exports.
func First(n int64, fault Response) Response {
	var seen atomic.Int64
	return func(ctx context.Context, signal Signal) error {
		if fault == nil || seen.Add(1) > n {
			return nil
		}
		return fault(ctx, signal)
	}
}

// OnlyTraces applies fault to exports of traces, and accepts exports of
// metrics and logs. If fault is nil, it accepts all exports.
func OnlyTraces(fault Response) Response {
	return func(ctx context.Context, signal Signal) error {
		if fault == nil || signal != Traces {
			return nil
		}
		return fault(ctx, signal)
	}
}

// The errors that Cut and LoseAnswer return.
var (
	errConnectionCut = errors.New("otlptest is configured to close the connection")
	errAnswerLost    = errors.New("otlptest is configured to accept the export and close the connection")
)

// partialSuccess is the error that a Response returns for a partial success.
type partialSuccess struct {
	maxRejected int // limit for the number of rejected items
	message     string
}

func (p *partialSuccess) Error() string {
	return fmt.Sprintf("partial success, at most %d items rejected: %s", p.maxRejected, p.message)
}

// decision is how the server handles an export: whether it stores the export, and how it
// responds.
type decision struct {
	// accept is set if the export is stored.
	accept bool
	// closeConnection is set if the server resets the connection instead of responding.
	closeConnection bool
	// rejectedItems and warning are the fields of a partial success.
	rejectedItems int64
	warning       string
	// err is the error to respond with; nil for a success, including a partial one.
	err error
}

// decide converts response, the error of a [Response], into a decision. For a partial
// success, it removes the rejected items from contents.
func decide(response error, contents *batch) decision {
	var partial *partialSuccess
	switch {
	case response == nil:
		return decision{accept: true}
	case errors.As(response, &partial):
		return decision{accept: true, rejectedItems: contents.reject(partial.maxRejected), warning: partial.message}
	case errors.Is(response, errConnectionCut), errors.Is(response, errAnswerLost):
		return decision{accept: errors.Is(response, errAnswerLost), closeConnection: true, err: status.Error(codes.Unavailable, response.Error())}
	default:
		return decision{err: response}
	}
}

// reject removes up to n items from the end of the batch, which has items of one signal,
// and returns the number of removed items.
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
