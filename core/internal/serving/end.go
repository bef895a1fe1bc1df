package serving

import (
	"context"
	"time"

	"github.com/samespan/samespan/core/internal/timelimit"
)

// Times are those of an end.
type Times struct {
	// GracePeriod is all of it, Reserve the last part of it, which is for sending,
	// and Flush how long the sending itself may take.
	GracePeriod, Reserve, Flush time.Duration
}

// End is an end: contexts for those who still work, for handlers whose connections
// were closed, and for sending what they left.
type End struct {
	Work     context.Context
	Handlers context.Context
	All      context.Context

	interrupt context.CancelCauseFunc
	cancel    func()
}

// newEnd begins the grace period.
func newEnd(ctx context.Context, times Times) *End {
	e := new(End)
	ctx, e.interrupt = context.WithCancelCause(context.WithoutCancel(ctx))
	before := func(reserve time.Duration) (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(ctx, times.GracePeriod-reserve, timelimit.GracePeriodOver(reserve, times.GracePeriod))
	}
	var cancels [3]context.CancelFunc
	e.All, cancels[0] = before(0)
	e.Handlers, cancels[1] = before(times.Reserve / 2)
	e.Work, cancels[2] = before(times.Reserve)
	e.cancel = func() {
		for _, cancel := range cancels {
			cancel()
		}
		e.interrupt(nil)
	}
	return e
}
