package core

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// repeatTime is how long the same signal counts as the one before: timeout(1)
// sends it to its child and to its process group, and a terminal, a shell and a
// supervisor may each pass it on.
const repeatTime = 500 * time.Millisecond

// watchSignals calls first at the first SIGINT or SIGTERM, and second at the
// next one that is not a repetition, until stop is called.
func watchSignals(first, second func()) (stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var received os.Signal
	var at time.Time
	go func() {
		defer close(done)
		for {
			select {
			case s := <-signals:
				switch {
				case received == nil:
					received, at = s, time.Now()
					first()
				case s != received || time.Since(at) >= repeatTime:
					second()
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
		if rest := repeatTime - time.Since(at); received != nil && rest > 0 {
			// A repetition must not end the process on its way out.
			time.AfterFunc(rest, func() { signal.Stop(signals) })
			return
		}
		signal.Stop(signals)
	}
}
