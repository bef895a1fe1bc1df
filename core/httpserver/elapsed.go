package httpserver

import "time"

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
	elapsed := time.Since(x.startTime)
	if !o.Ended.IsZero() {
		// Not since the start: without a monotonic reading, the wall clock may
		// have been set meanwhile.
		elapsed -= time.Since(o.Ended)
	}
	return elapsed
}
