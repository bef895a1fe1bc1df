// Package hedge shortens the attempts and retries of exports so that they fit
// into the time of a flush or a shutdown. It is independent of protocols and
// imports nothing of core.
package hedge

import (
	"context"
	"sync"
	"time"
)

// Urgency holds the deadline of the flush or shutdown that waits for a signal.
// A single attempt may have a longer timeout, and would use all of that time on
// a connection that has silently failed. The zero and the nil Urgency have no
// deadline.
type Urgency struct {
	mu       sync.Mutex
	deadline time.Time
	// isShutdown is set once a shutdown has begun, after which nothing is exported.
	isShutdown bool
	// inProgress counts the attempts in progress and ended those that have ended,
	// the last of them at endedAt.
	inProgress int
	ended      uint64
	endedAt    time.Time
	// changed is closed when one of these changes; nil while nothing waits for
	// it.
	changed chan struct{}
}

// Begin sets the deadline of attempts to that of limit until the returned
// function is called or another flush begins. limit may have no deadline.
func (u *Urgency) Begin(limit context.Context) (end func()) {
	until, ok := limit.Deadline()
	if !ok || u == nil {
		return func() {}
	}
	u.updateDeadline(func(time.Time) time.Time { return until })
	return func() {
		u.updateDeadline(func(last time.Time) time.Time {
			if last.Equal(until) {
				return time.Time{}
			}
			return last // a shutdown has begun meanwhile
		})
	}
}

// BeginLast is Begin for a shutdown, after which nothing is exported: see
// [Urgency.Export].
func (u *Urgency) BeginLast(limit context.Context) (end func()) {
	if u != nil {
		u.updateAndNotify(func() { u.isShutdown = true })
	}
	return u.Begin(limit)
}

func (u *Urgency) updateDeadline(next func(time.Time) time.Time) {
	u.updateAndNotify(func() { u.deadline = next(u.deadline) })
}

func (u *Urgency) updateAndNotify(change func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change()
	if u.changed != nil {
		close(u.changed)
		u.changed = nil
	}
}

// awaitChange returns a channel that is closed at the next change. The caller
// holds mu.
func (u *Urgency) awaitChange() <-chan struct{} {
	if u.changed == nil {
		u.changed = make(chan struct{})
	}
	return u.changed
}

// minHedgeDelay prevents a flush with very little time from sending twice what the
// collector would answer soon.
const minHedgeDelay = 250 * time.Millisecond

// halfOfRemaining returns half of the remaining time, at least minHedgeDelay, or 0 if no flush
// waits, and a channel that is closed when that changes.
func (u *Urgency) halfOfRemaining() (time.Duration, <-chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	changed := u.awaitChange()
	left := time.Until(u.deadline)
	if left <= 0 {
		return 0, changed
	}
	return max(left/2, minHedgeDelay), changed
}

// waitHalf returns true when half of the time of a flush has passed, or false if
// done is closed earlier.
func (u *Urgency) waitHalf(done <-chan struct{}) bool {
	if u == nil {
		<-done
		return false
	}
	for {
		half, changed := u.halfOfRemaining()
		var passed <-chan time.Time
		if half > 0 {
			passed = time.After(half)
		}
		select {
		case <-passed:
			return true
		case <-changed:
		case <-done:
			return false
		}
	}
}

// Do makes an attempt with try. If half of the time of a flush passes without
// an answer, it makes a second, concurrent attempt on a new connection, in case
// the first connection has silently failed. If the collector is merely slow, it
// may get the export twice. After both have ended, Do returns the result of the
// one that succeeded, or of the second if both failed.
//
// renew makes the next attempt use a new connection, and returns a function
// that closes the old one.
func Do[T any](ctx context.Context, u *Urgency, try func(context.Context) (T, error), renew func() (release func())) (T, error) {
	ended := u.beginAttempt()
	defer ended()
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
	if !u.waitHalf(done) {
		return first, firstErr
	}
	release := renew()
	second, secondErr = try(ctx)
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
