package hedge

import (
	"context"
	"errors"
	"time"
)

// maxPause limits the pause between two attempts during a shutdown. Without a shutdown,
// pauses grow, and a collector may ask for longer pauses.
const maxPause = time.Second

var errPauseOver = errors.New("the pause before the next attempt was cut short by the shutdown")

// Export calls export, which makes attempts and pauses between them. During a shutdown,
// Export limits each pause to a second, because data that is not exported in time is
// lost: it cancels the context of export and calls export again.
func (u *Urgency) Export(ctx context.Context, export func(context.Context) error) error {
	for {
		pauseOver, err := u.exportOnce(ctx, export)
		if err == nil || !pauseOver || ctx.Err() != nil {
			return err
		}
	}
}

// exportOnce calls export and returns its error. pauseOver reports whether the context of
// export was canceled to end a pause. The error does not say so if the next attempt began
// just after the cancellation: transports return context.Canceled instead of the cause.
func (u *Urgency) exportOnce(ctx context.Context, export func(context.Context) error) (pauseOver bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	u.mu.Lock()
	before := u.ended
	u.mu.Unlock()
	done := make(chan struct{})
	defer close(done)
	go u.limitPause(before, done, func() { cancel(errPauseOver) })
	err = export(ctx)
	return errors.Is(context.Cause(ctx), errPauseOver), err
}

// limitPause waits until a shutdown has begun, more than before attempts have ended, and
// the pause since the last attempt has lasted maxPause. It then calls endPause, with mu
// held, so that no attempt begins in between and is canceled. limitPause returns early if
// done is closed.
func (u *Urgency) limitPause(before uint64, done <-chan struct{}, endPause func()) {
	for {
		u.mu.Lock()
		changed := u.awaitChange()
		var passed <-chan time.Time
		if u.isShutdown && u.inProgress == 0 && u.ended > before {
			left := maxPause - time.Since(u.endedAt)
			if left <= 0 {
				endPause()
				u.mu.Unlock()
				return
			}
			passed = time.After(left)
		}
		u.mu.Unlock()
		select {
		case <-passed:
		case <-changed:
		case <-done:
			return
		}
	}
}

// beginAttempt counts an attempt as in progress until the returned function is
// called.
func (u *Urgency) beginAttempt() (end func()) {
	if u == nil {
		return func() {}
	}
	u.updateAndNotify(func() { u.inProgress++ })
	return func() {
		u.updateAndNotify(func() {
			u.inProgress--
			u.ended++
			u.endedAt = time.Now()
		})
	}
}
