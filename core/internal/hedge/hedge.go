// Package hedge makes attempts of exports fit into the time of a flush or a
// shutdown. It knows nothing of protocols, and imports nothing of core.
package hedge

import (
	"context"
	"sync"
	"time"
)

// Urgency is the end of the flush or the shutdown that waits for one signal.
// Attempts may take longer than that, so that on a connection on which nothing
// comes back they would take all of its time. The zero Urgency is that of no
// flush, and so is nil.
type Urgency struct {
	mu    sync.Mutex
	until time.Time
	// last says that a shutdown has begun, after which nothing is exported.
	last bool
	// underWay counts the attempts that have not ended, ended those that have, the
	// last of them at endedAt.
	underWay int
	ended    uint64
	endedAt  time.Time
	// changed is closed when one of these changes; nil while nothing waits.
	changed chan struct{}
}

// Begin makes limit the time that attempts have, until the function returned is
// called or another flush begins. It may have no deadline.
func (u *Urgency) Begin(limit context.Context) (end func()) {
	until, ok := limit.Deadline()
	if !ok || u == nil {
		return func() {}
	}
	u.set(func(time.Time) time.Time { return until })
	return func() {
		u.set(func(last time.Time) time.Time {
			if last.Equal(until) {
				return time.Time{}
			}
			return last // of a shutdown that began meanwhile
		})
	}
}

// BeginLast is Begin for a shutdown, after which nothing is exported: see
// [Urgency.Export].
func (u *Urgency) BeginLast(limit context.Context) (end func()) {
	if u != nil {
		u.change(func() { u.last = true })
	}
	return u.Begin(limit)
}

func (u *Urgency) set(next func(time.Time) time.Time) {
	u.change(func() { u.until = next(u.until) })
}

func (u *Urgency) change(change func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change()
	if u.changed != nil {
		close(u.changed)
		u.changed = nil
	}
}

// awaitChange returns what is closed at the next change. It is called with mu
// held.
func (u *Urgency) awaitChange() <-chan struct{} {
	if u.changed == nil {
		u.changed = make(chan struct{})
	}
	return u.changed
}

// leastHalf keeps a flush that has hardly any time from sending twice what a
// collector would answer soon.
const leastHalf = 250 * time.Millisecond

// half returns half of the time that is left, at least leastHalf, or 0 if no
// flush waits, and what is closed when that changes.
func (u *Urgency) half() (time.Duration, <-chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	changed := u.awaitChange()
	left := time.Until(u.until)
	if left <= 0 {
		return 0, changed
	}
	return max(left/2, leastHalf), changed
}

// wait returns true when half of the time of a flush has passed, and false when
// done is closed before.
func (u *Urgency) wait(done <-chan struct{}) bool {
	if u == nil {
		<-done
		return false
	}
	for {
		half, changed := u.half()
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

// Do makes an attempt with try. Once half of the time of a flush has passed
// without an answer, it makes a second one beside it, on a fresh connection:
// either nothing comes back on the first connection, or the collector is slow,
// and may then get the export twice. It returns the result of the one that
// succeeds, after both have ended, and of the second one if neither does.
//
// renew makes the next attempt use a fresh connection, and returns what closes
// the one before.
func Do[T any](ctx context.Context, u *Urgency, try func(context.Context) (T, error), renew func() (release func())) (T, error) {
	ended := u.attempt()
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
	if !u.wait(done) {
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
