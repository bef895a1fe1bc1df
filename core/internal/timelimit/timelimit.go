// Package timelimit provides contexts with time limits, and the errors of exceeded limits.
// Each error names its limit. With errors.Is, it matches [context.DeadlineExceeded] and,
// for a grace period, exporterror.ErrGracePeriod.
//
// It imports exporterror, which defines that error.
package timelimit

import (
	"context"
	"fmt"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// Over is the error of a time limit that was exceeded. With errors.Is, it matches Kind,
// which may be nil, and [context.DeadlineExceeded].
type Over struct {
	// Text names the limit.
	Text string
	Kind error
}

func (e *Over) Error() string { return e.Text }

// Is reports whether target is the kind of e, or [context.DeadlineExceeded].
func (e *Over) Is(target error) bool {
	return target == context.DeadlineExceeded || e.Kind != nil && target == e.Kind
}

// GracePeriodOver returns the cause of a context that ends with the grace period or, if
// reserve is not 0, by the duration reserve earlier. period is the length of the grace
// period.
func GracePeriodOver(reserve, period time.Duration) error {
	text := fmt.Sprintf("not finished %v before the end of the grace period of %v", reserve, period)
	if reserve == 0 {
		text = fmt.Sprintf("%v: %v", exporterror.ErrGracePeriod, period)
	}
	return &Over{Text: text, Kind: exporterror.ErrGracePeriod}
}

// OperationOver returns the cause of a context that ends before the operation, such as a
// flush or a shutdown, has finished.
func OperationOver(operation string, timeout time.Duration) error {
	return &Over{Text: fmt.Sprintf("the %s %v %v", operation, exporterror.ErrShutdownTime, timeout.Round(time.Millisecond))}
}

// Bound returns a context for an operation, such as a flush. The context ends after timeout
// or at the deadline of ctx, whichever is earlier. It ignores a cancellation of ctx, and
// the deadline of a ctx that has already ended.
func Bound(ctx context.Context, timeout time.Duration, operation string) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil {
		timeout = min(timeout, time.Until(deadline))
	}
	return context.WithTimeoutCause(context.WithoutCancel(ctx), timeout, OperationOver(operation, timeout))
}
