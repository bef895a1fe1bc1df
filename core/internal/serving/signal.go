package serving

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// RepeatTime is the time after the first signal during which another signal counts as a
// repetition. Repetitions occur because timeout(1) sends a signal to its child and to its
// process group. A terminal sends SIGINT to a process manager and to the service, and the
// manager then sends SIGTERM.
const RepeatTime = 500 * time.Millisecond

// watchSignals calls first at the first SIGINT or SIGTERM, and second at the next signal
// that is not a repetition. It stops when stop is called.
func watchSignals(first, second func()) (stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var firstAt time.Time // time of the first signal
	go func() {
		defer close(done)
		for {
			select {
			case <-signals:
				switch {
				case firstAt.IsZero():
					firstAt = time.Now()
					first()
				case time.Since(firstAt) >= RepeatTime:
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
		if remaining := RepeatTime - time.Since(firstAt); !firstAt.IsZero() && remaining > 0 {
			// Keep catching signals until RepeatTime has passed: a repetition must not
			// kill the process while it stops.
			time.AfterFunc(remaining, func() { signal.Stop(signals) })
			return
		}
		signal.Stop(signals)
	}
}
