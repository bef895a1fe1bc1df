package serving

import (
	"context"
	"time"

	"github.com/samespan/samespan/core/internal/timelimit"
)

// Times are the time limits of a shutdown.
type Times struct {
	// GracePeriod is the total time. Reserve is the length of its last part, which is
	// reserved for exporting, and Flush limits the export itself.
	GracePeriod, Reserve, Flush time.Duration
}

// End holds the contexts of a shutdown, which end one after the other: first Work, for
// requests and tasks in progress, then Handlers, for handlers whose connections were
// closed, and finally All, for the export.
type End struct {
	Work     context.Context
	Handlers context.Context
	All      context.Context

	// interrupt ends all contexts early, with a cause.
	interrupt context.CancelCauseFunc
	// cancel releases the resources of the contexts.
	cancel func()
}

// startGracePeriod starts the grace period and returns its contexts.
func startGracePeriod(ctx context.Context, times Times) *End {
	e := new(End)
	ctx, e.interrupt = context.WithCancelCause(context.WithoutCancel(ctx))
	withReserve := func(reserve time.Duration) (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(ctx, times.GracePeriod-reserve, timelimit.GracePeriodOver(reserve, times.GracePeriod))
	}
	var cancels [3]context.CancelFunc
	e.All, cancels[0] = withReserve(0)
	e.Handlers, cancels[1] = withReserve(times.Reserve / 2)
	e.Work, cancels[2] = withReserve(times.Reserve)
	e.cancel = func() {
		for _, cancel := range cancels {
			cancel()
		}
		e.interrupt(nil)
	}
	return e
}
