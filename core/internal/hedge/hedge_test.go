package hedge

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestDoMakesSecondAttempt proves when Do makes a second attempt, which of the two
// results Do returns, and that Do closes the old connection after a second attempt.
func TestDoMakesSecondAttempt(t *testing.T) {
	errFirst, errSecond := errors.New("first"), errors.New("second")
	untilDone := func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", errFirst
	}
	for _, test := range []struct {
		name          string
		first, second func(context.Context) (string, error)
		want          string
		err           error
		// renewed is true if Do must request a new connection.
		renewed bool
	}{
		{"the first answers at once", func(context.Context) (string, error) { return "first", nil }, nil, "first", nil, false},
		{"the first fails at once", func(context.Context) (string, error) { return "", errFirst }, nil, "", errFirst, false},
		{"the second answers", untilDone, func(context.Context) (string, error) { return "second", nil }, "second", nil, true},
		{"both fail", func(context.Context) (string, error) {
			<-time.After(minHedgeDelay * 2)
			return "", errFirst
		}, func(context.Context) (string, error) { return "", errSecond }, "", errSecond, true},
		{"the first answers late", func(context.Context) (string, error) {
			<-time.After(minHedgeDelay * 2)
			return "first", nil
		}, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", errSecond
		}, "first", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limit, cancel := context.WithTimeout(t.Context(), minHedgeDelay)
			defer cancel()
			var u Urgency
			defer u.Begin(limit)()
			renewed, released := 0, 0
			attempts := make(chan func(context.Context) (string, error), 2)
			attempts <- test.first
			attempts <- test.second
			got, err := Do(t.Context(), &u, func(ctx context.Context) (string, error) { return (<-attempts)(ctx) },
				func() func() {
					renewed++
					return func() { released++ }
				})
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %q and %v, want %q and %v", got, err, test.want, test.err)
			}
			if (renewed == 1) != test.renewed || released != renewed {
				t.Errorf("got %d fresh connections and %d closed, want one of each: %t", renewed, released, test.renewed)
			}
		})
	}
}

// TestShutdownDeadlineReplacesFlushDeadline proves that the deadline of a shutdown
// replaces the deadline of a flush in progress, and remains in effect when the flush
// ends.
func TestShutdownDeadlineReplacesFlushDeadline(t *testing.T) {
	var u Urgency
	halfRemaining := func() time.Duration {
		d, _ := u.halfOfRemaining()
		return d.Round(time.Minute)
	}
	begin := func(d time.Duration) func() {
		limit, cancel := context.WithTimeout(t.Context(), d)
		t.Cleanup(cancel)
		return u.Begin(limit)
	}
	endFlush := begin(time.Hour)
	if got := halfRemaining(); got != 30*time.Minute {
		t.Errorf("flush: got %v, want half an hour", got)
	}
	_, changed := u.halfOfRemaining()
	endShutdown := begin(2 * time.Hour)
	select {
	case <-changed:
	default:
		t.Error("an attempt under way does not see the shutdown")
	}
	endFlush()
	if got := halfRemaining(); got != time.Hour {
		t.Errorf("shutdown: got %v, want an hour", got)
	}
	endShutdown()
	if got := halfRemaining(); got != 0 {
		t.Errorf("after both: got %v, want 0", got)
	}
	u.Begin(t.Context())()
	if got := halfRemaining(); got != 0 {
		t.Errorf("without a deadline: got %v, want 0", got)
	}
}

// TestSecondAttemptIsRepeated proves that Do repeats a failed second attempt while the
// first has no response, because a collector that restarts refuses connections at first.
// If all attempts fail, Do returns the error of the last attempt that was not canceled.
func TestSecondAttemptIsRepeated(t *testing.T) {
	errRefused := errors.New("refused")
	for _, test := range []struct {
		name string
		// refused is the number of attempts, after the first, that are refused.
		refused int
		// limit is the time limit of the export and of the flush that waits for it.
		limit time.Duration
		// err is the error that Do must return, took is how long Do must take, and
		// attempts is the number of all attempts.
		err      error
		took     time.Duration
		attempts int
	}{
		{"accepted at once", 0, 10 * time.Second, nil, 5 * time.Second, 2},
		{"accepted after a while", 2, 10 * time.Second, nil, 5*time.Second + 2*maxPause, 4},
		{"never accepted", 100, 3500 * time.Millisecond, errRefused, 3500 * time.Millisecond, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limit, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				var u Urgency
				defer u.Begin(limit)()
				var attempts atomic.Int32
				began := time.Now()
				_, err := Do(limit, &u, func(ctx context.Context) (struct{}, error) {
					switch n := int(attempts.Add(1)); {
					case n == 1:
						<-ctx.Done()
						return struct{}{}, ctx.Err()
					case n <= 1+test.refused:
						return struct{}{}, errRefused
					}
					return struct{}{}, ctx.Err()
				}, func() func() { return func() {} })
				if took := time.Since(began); !errors.Is(err, test.err) || took != test.took || int(attempts.Load()) != test.attempts {
					t.Errorf("got %v after %v and %d attempts, want %v after %v and %d", err, took, attempts.Load(), test.err, test.took, test.attempts)
				}
			})
		})
	}
}

// TestFlushDeadlineAppliesAgainAfterLaterFlush proves that the deadline of a flush
// applies again when a later flush has ended.
func TestFlushDeadlineAppliesAgainAfterLaterFlush(t *testing.T) {
	var u Urgency
	long, cancelLong := context.WithTimeout(t.Context(), time.Hour)
	defer cancelLong()
	short, cancelShort := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancelShort()
	u.Begin(long)
	for _, want := range []time.Duration{5 * time.Minute, 30 * time.Minute} {
		end := func() {}
		if want == 5*time.Minute {
			end = u.Begin(short)
		}
		if got, _ := u.halfOfRemaining(); got.Round(time.Minute) != want {
			t.Errorf("got %v, want %v", got, want)
		}
		end()
	}
}
