package hedge

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestShutdownLimitsPauses proves that during a shutdown, an exporter that pauses for an
// hour after a failed attempt makes its next attempt after maxPause.
func TestShutdownLimitsPauses(t *testing.T) {
	errBusy, errRejected := errors.New("busy"), errors.New("rejected")
	for _, test := range []struct {
		name     string
		shutdown bool
		// attempts has the error of each attempt, or nil if the attempt succeeds. Each
		// attempt takes attemptTime.
		attempts    []error
		attemptTime time.Duration
		// err is the error of the export. exportTime is how long the export takes.
		err        error
		exportTime time.Duration
	}{
		{"no shutdown", false, []error{errBusy, nil}, time.Second, nil, time.Hour + 2*time.Second},
		{"a shutdown", true, []error{errBusy, errBusy, nil}, time.Second, nil, 3*time.Second + 2*maxPause},
		{"attempts longer than a pause", true, []error{errBusy, nil}, time.Minute, nil, 2*time.Minute + maxPause},
		{"a permanent error after a pause", true, []error{errBusy, errRejected}, time.Second, errRejected, 2*time.Second + maxPause},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var u Urgency
				if test.shutdown {
					defer u.BeginLast(t.Context())()
				}
				attempts := 0
				began := time.Now()
				err := Export(t.Context(), &u, func(ctx context.Context) error {
					for {
						_, err := Do(ctx, &u, func(context.Context) (struct{}, error) {
							<-time.After(test.attemptTime)
							attempts++
							return struct{}{}, test.attempts[attempts-1]
						}, nil)
						if !errors.Is(err, errBusy) {
							return err
						}
						select {
						case <-time.After(time.Hour):
						case <-ctx.Done():
							return errors.Join(context.Cause(ctx), err)
						}
					}
				})
				if took := time.Since(began); !errors.Is(err, test.err) || attempts != len(test.attempts) || took != test.exportTime {
					t.Errorf("got %v after %d attempts and %v, want %v after %d and %v", err, attempts, took, test.err, len(test.attempts), test.exportTime)
				}
			})
		})
	}
}

// TestExportEndsWithItsContext proves that Export returns when its context ends during a
// pause.
func TestExportEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u Urgency
		ctx, cancel := context.WithTimeout(t.Context(), maxPause/2)
		defer cancel()
		defer u.BeginLast(ctx)()
		err := Export(ctx, &u, func(ctx context.Context) error {
			_, _ = Do(ctx, &u, func(context.Context) (struct{}, error) { return struct{}{}, nil }, nil)
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that the time is over", err)
		}
	})
}

// TestAttemptCanceledWithPauseIsRepeated proves that an export succeeds even if its next
// attempt begins just when a shutdown ends the pause, and is therefore canceled. Like a
// real transport, the attempt then fails with an error that does not contain the cause of
// the cancellation.
func TestAttemptCanceledWithPauseIsRepeated(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			var u Urgency
			defer u.BeginLast(t.Context())()
			attempts := 0
			err := Export(t.Context(), &u, func(ctx context.Context) error {
				for {
					_, err := Do(ctx, &u, func(ctx context.Context) (struct{}, error) {
						select {
						case <-time.After(time.Millisecond):
						case <-ctx.Done():
							return struct{}{}, ctx.Err()
						}
						attempts++
						if attempts == 1 {
							return struct{}{}, errors.New("busy")
						}
						return struct{}{}, nil
					}, nil)
					if err == nil || ctx.Err() != nil {
						return err
					}
					<-time.After(maxPause)
				}
			})
			if err != nil || attempts != 2 {
				t.Fatalf("got %v after %d attempts, want the export to succeed with the second", err, attempts)
			}
		})
	}
}
