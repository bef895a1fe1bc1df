package httpserver

import "time"

// timedSpan is a span with readable start and end times, such as a recorded span of the
// SDK.
type timedSpan interface {
	StartTime() time.Time
	EndTime() time.Time
}

// elapsed returns the duration of the request. If the times of the span can be read, it
// returns the duration of the span, so that metric and span agree exactly.
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
		// o.Ended.Sub(x.startTime) may be wrong: if o.Ended has no monotonic clock reading,
		// Sub uses the wall clock, which may have been adjusted during the request.
		elapsed -= time.Since(o.Ended)
	}
	return elapsed
}
