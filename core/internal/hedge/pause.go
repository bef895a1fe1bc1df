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
		err := u.exportOnce(ctx, export)
		if !errors.Is(err, errPauseOver) || ctx.Err() != nil {
			return err
		}
	}
}

func (u *Urgency) exportOnce(ctx context.Context, export func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	u.mu.Lock()
	before := u.ended
	u.mu.Unlock()
	done := make(chan struct{})
	defer close(done)
	go func() {
		if u.waitForPause(before, done) {
			cancel(errPauseOver)
		}
	}()
	return export(ctx)
}

// waitForPause waits until a shutdown has begun, more than before attempts have ended,
// and the pause since the last attempt has lasted maxPause. It then returns true. It
// returns false when done is closed.
func (u *Urgency) waitForPause(before uint64, done <-chan struct{}) bool {
	for {
		u.mu.Lock()
		changed := u.awaitChange()
		var passed <-chan time.Time
		if u.isShutdown && u.inProgress == 0 && u.ended > before {
			passed = time.After(maxPause - time.Since(u.endedAt))
		}
		u.mu.Unlock()
		select {
		case <-passed:
			return true
		case <-changed:
		case <-done:
			return false
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
