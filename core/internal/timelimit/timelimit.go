// Package timelimit gives operations their time, and says in words and for
// errors.Is when it is over.
//
// It imports exporterror, whose errors these are.
package timelimit

import (
	"context"
	"fmt"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// Over is the end of a time. It is Kind, which may be nil, and
// [context.DeadlineExceeded].
type Over struct {
	// Text names the time.
	Text string
	Kind error
}

func (e *Over) Error() string { return e.Text }

// Is reports whether target is the kind of e, or [context.DeadlineExceeded].
func (e *Over) Is(target error) bool {
	return target == context.DeadlineExceeded || e.Kind != nil && target == e.Kind
}

// GracePeriodOver is the cause of a context that ended reserve before the end of
// the grace period.
func GracePeriodOver(reserve, period time.Duration) error {
	text := fmt.Sprintf("not done %v before the end of the grace period of %v", reserve, period)
	if reserve == 0 {
		text = fmt.Sprintf("%v: %v", exporterror.ErrGracePeriod, period)
	}
	return &Over{Text: text, Kind: exporterror.ErrGracePeriod}
}

// OperationOver is the cause of a context that ended before the operation, a flush
// or a shutdown, did.
func OperationOver(operation string, timeout time.Duration) error {
	return &Over{Text: fmt.Sprintf("the %s %v %v", operation, exporterror.ErrShutdownTime, timeout.Round(time.Millisecond))}
}

// Bound returns a context for an operation that goes on although ctx has ended,
// but not longer than timeout nor than a deadline of ctx that is still to come.
func Bound(ctx context.Context, timeout time.Duration, operation string) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil {
		timeout = min(timeout, time.Until(deadline))
	}
	return context.WithTimeoutCause(context.WithoutCancel(ctx), timeout, OperationOver(operation, timeout))
}
