package hedge

import (
	"context"
	"errors"
	"time"
)

// maxPause limits the pause between two attempts during a shutdown. At other times,
// pauses grow, and a collector may request longer ones. maxPause is also the pause
// between the repetitions of the second attempt in [Do].
const maxPause = time.Second

var errPauseOver = errors.New("the pause before the next attempt was cut short by the shutdown")

// Export calls export, which makes attempts and pauses between them. During a shutdown,
// data that is not exported in time is lost, so Export limits each pause to maxPause. To
// end a pause, it cancels the context of export and calls export again.
func Export(ctx context.Context, u *Urgency, export func(context.Context) error) error {
	for {
		pauseOver, err := u.exportOnce(ctx, export)
		if err == nil || !pauseOver || ctx.Err() != nil {
			return err
		}
	}
}

// exportOnce calls export, which may make several attempts with pauses between them, and
// returns its error. pauseOver reports whether exportOnce has canceled the context of export
// to end such a pause. The error alone does not show this: if export has meanwhile begun its
// next attempt, a transport returns context.Canceled without the cause.
func (u *Urgency) exportOnce(ctx context.Context, export func(context.Context) error) (pauseOver bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	u.mu.Lock()
	endedBefore := u.endedAttempts
	u.mu.Unlock()
	done := make(chan struct{})
	defer close(done)
	go u.limitPause(endedBefore, done, func() { cancel(errPauseOver) })
	err = export(ctx)
	return errors.Is(context.Cause(ctx), errPauseOver), err
}

// limitPause waits until a shutdown has begun and the pause after an attempt has lasted
// maxPause, and then calls endPause. It ignores the attempts that ended before this export
// began; endedBefore is their number. It holds mu while it calls endPause, so that
// endPause cannot cancel an attempt that has just begun. It returns early if done is
// closed.
func (u *Urgency) limitPause(endedBefore uint64, done <-chan struct{}, endPause func()) {
	for {
		u.mu.Lock()
		changed := u.nextChange()
		var timer <-chan time.Time
		if u.isShuttingDown && u.attemptsInProgress == 0 && u.endedAttempts > endedBefore {
			remaining := maxPause - time.Since(u.lastAttemptEnd)
			if remaining <= 0 {
				endPause()
				u.mu.Unlock()
				return
			}
			timer = time.After(remaining)
		}
		u.mu.Unlock()
		select {
		case <-timer:
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
	u.updateAndNotify(func() { u.attemptsInProgress++ })
	return func() {
		u.updateAndNotify(func() {
			u.attemptsInProgress--
			u.endedAttempts++
			u.lastAttemptEnd = time.Now()
		})
	}
}
