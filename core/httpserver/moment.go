package httpserver

import (
	"time"
)

// monotonicTime is a reading of the monotonic clock: the time since the program
// started. It is a third of the size of a time.Time and does not read the wall
// clock.
type monotonicTime time.Duration

var beginning = time.Now()

func now() monotonicTime { return monotonicTime(time.Since(beginning)) }

// timedSpan is a span whose times can be read, such as a recorded span of the
// SDK.
type timedSpan interface {
	StartTime() time.Time
	EndTime() time.Time
}

// elapsed returns the duration of the span if it can be read, so that metric
// and span agree exactly.
func (x *Exchange) elapsed(o *Outcome) time.Duration {
	if span, ok := x.span.(timedSpan); ok {
		end := span.EndTime()
		if end.IsZero() {
			end = time.Now()
		}
		return end.Sub(span.StartTime())
	}
	ended := now()
	if !o.Ended.IsZero() {
		// Not since the start: without a monotonic reading, the wall clock may
		// have been set meanwhile.
		ended -= monotonicTime(time.Since(o.Ended))
	}
	return time.Duration(ended - x.began)
}
