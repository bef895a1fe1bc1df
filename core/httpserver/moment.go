package httpserver

import (
	"time"
)

// moment is when something happened, by the monotonic clock alone: the time
// since the program began. It takes a third of the room of a time.Time, and
// reading it does not ask for the date.
type moment time.Duration

var beginning = time.Now()

func now() moment { return moment(time.Since(beginning)) }

// timedSpan is a span that tells its times, as a recorded one of the SDK does.
type timedSpan interface {
	StartTime() time.Time
	EndTime() time.Time
}

// elapsed is the span's own duration where it can be read, so that the metric
// and the span agree to the nanosecond.
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
		// Not since the beginning: where the time has no monotonic reading, the
		// wall clock may have been set in between.
		ended -= moment(time.Since(o.Ended))
	}
	return time.Duration(ended - x.began)
}
