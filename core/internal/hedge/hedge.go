// Package hedge shortens the attempts and retries of exports so that they fit into the
// time of a flush or a shutdown. It is independent of protocols and imports no package of
// core.
package hedge

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Urgency holds the deadlines of the flushes and the shutdown that wait for the exports
// of a signal. From these deadlines, [Do] determines when to make a second attempt: on a
// connection that has silently failed, the first attempt may hang until its own timeout,
// which may end after the flush. The zero Urgency and a nil Urgency have no deadline.
type Urgency struct {
	mu sync.Mutex
	// deadlines are the deadlines of the flushes in progress, in the order in which the
	// flushes began. The last deadline applies.
	deadlines []time.Time
	// isShuttingDown is set when a shutdown has begun. It makes [Export] limit
	// the pauses between attempts, because nothing can be exported after the shutdown.
	isShuttingDown bool
	// attemptsInProgress is the number of attempts in progress, and endedAttempts the
	// number of attempts that have ended. lastAttemptEnd is the time at which the last
	// attempt ended.
	attemptsInProgress int
	endedAttempts      uint64
	lastAttemptEnd     time.Time
	// changed is closed when one of the fields above changes. It is nil if no goroutine
	// waits for a change.
	changed chan struct{}
}

// Begin sets the deadline of attempts to the deadline of limit, until the returned
// function is called. While a later flush is in progress, the deadline of that flush
// applies instead. If limit has no deadline, Begin does nothing.
func (u *Urgency) Begin(limit context.Context) (end func()) {
	until, ok := limit.Deadline()
	if !ok || u == nil {
		return func() {}
	}
	u.updateAndNotify(func() { u.deadlines = append(u.deadlines, until) })
	return func() {
		u.updateAndNotify(func() {
			i := slices.Index(u.deadlines, until)
			u.deadlines = slices.Delete(u.deadlines, i, i+1)
		})
	}
}

// BeginLast is like Begin, but for a shutdown. It also makes [Export] limit the
// pauses between attempts.
func (u *Urgency) BeginLast(limit context.Context) (end func()) {
	if u != nil {
		u.updateAndNotify(func() { u.isShuttingDown = true })
	}
	return u.Begin(limit)
}

// updateAndNotify calls change, which changes fields of u, and then closes u.changed.
func (u *Urgency) updateAndNotify(change func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change()
	if u.changed != nil {
		close(u.changed)
		u.changed = nil
	}
}

// nextChange returns a channel that is closed when updateAndNotify next changes u. The
// caller holds mu.
func (u *Urgency) nextChange() <-chan struct{} {
	if u.changed == nil {
		u.changed = make(chan struct{})
	}
	return u.changed
}

// minHedgeDelay is the minimum delay of a second attempt. It prevents a flush with very
// little time from sending an export twice although the collector would respond soon.
const minHedgeDelay = 250 * time.Millisecond

// halfOfRemaining returns half of the time that remains for the flush in progress, but at
// least minHedgeDelay. Without a flush, or after its deadline, it returns 0. It also
// returns a channel that is closed when the result changes.
func (u *Urgency) halfOfRemaining() (time.Duration, <-chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	changed := u.nextChange()
	if len(u.deadlines) == 0 {
		return 0, changed
	}
	remaining := time.Until(u.deadlines[len(u.deadlines)-1])
	if remaining <= 0 {
		return 0, changed
	}
	return max(remaining/2, minHedgeDelay), changed
}

// waitHalfOfRemaining waits until half of the time of a flush has passed, and then
// returns true. It returns false if done is closed earlier.
func (u *Urgency) waitHalfOfRemaining(done <-chan struct{}) bool {
	if u == nil {
		<-done
		return false
	}
	for {
		half, changed := u.halfOfRemaining()
		var timer <-chan time.Time
		if half > 0 {
			timer = time.After(half)
		}
		select {
		case <-timer:
			return true
		case <-changed:
		case <-done:
			return false
		}
	}
}

// Do makes an attempt by calling try. If half of the time of a flush passes without a
// response, it makes a second, concurrent attempt on a new connection, in case the first
// connection has silently failed. If the collector is merely slow, it may receive the
// export twice. If the second attempt fails while the first still has no response, Do
// repeats the second after a pause, because a collector that restarts refuses connections
// at first. After all attempts have ended, Do returns the result of the one that
// succeeded, or the result of the second if both failed.
//
// The function renew makes the next attempt use a new connection, and returns a function
// that closes the old connection.
func Do[T any](ctx context.Context, u *Urgency, try func(context.Context) (T, error), renew func() (release func())) (T, error) {
	endAttempt := u.beginAttempt()
	defer endAttempt()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var first, second T
	var firstErr, secondErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		first, firstErr = try(ctx)
		if firstErr == nil {
			cancel()
		}
	}()
	if !u.waitHalfOfRemaining(done) {
		return first, firstErr
	}
	release := renew()
	second, secondErr = try(ctx)
	for secondErr != nil && waitMaxPause(done) {
		result, err := try(ctx)
		if err != nil && ctx.Err() != nil {
			break // the error of the previous attempt is more specific
		}
		second, secondErr = result, err
	}
	if secondErr == nil {
		cancel()
	}
	<-done
	release()
	if firstErr == nil {
		return first, nil
	}
	return second, secondErr
}

// waitMaxPause waits for maxPause, and then returns true. It returns false if done is
// closed earlier.
func waitMaxPause(done <-chan struct{}) bool {
	timer := time.NewTimer(maxPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
