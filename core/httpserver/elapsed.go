package httpserver

import "time"

// timedSpan is a span with readable start and end times, such as a recorded span of the
// SDK.
type timedSpan interface {
	StartTime() time.Time
	EndTime() time.Time
}

// elapsed returns the duration of the request. It is the duration of the span if that can
// be read, so that metric and span agree exactly.
func (x *Exchange) elapsed(o *Outcome) time.Duration {
	if span, ok := x.span.(timedSpan); ok {
		end := span.EndTime()
		if end.IsZero() {
			end = time.Now()
		}
		return end.Sub(span.StartTime())
	}
	elapsed := time.Since(x.startTime)
	if !o.Ended.IsZero() {
		// Subtract the time since the end, rather than the start from the end: o.Ended
		// may have no monotonic clock reading, and the wall clock may have been set
		// during the request.
		elapsed -= time.Since(o.Ended)
	}
	return elapsed
}
