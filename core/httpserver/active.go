package httpserver

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
)

// activeCounter counts the requests in progress for http.server.active_requests. An
// observable instrument reads the counts at collection. The exported data is the same as
// with synchronous measurements, but a request costs only two atomic additions.
type activeCounter struct {
	// counts has a row for each method and a column for each scheme.
	counts [][2]activeCount
	// returnedCount counts the open exchanges whose handlers have returned but whose
	// responses are not complete.
	returnedCount atomic.Int64
	// onChange is called when an exchange ends or its handlers have returned.
	onChange func()
}

// activeCount is the number of active requests with one method and scheme.
type activeCount struct {
	value atomic.Int64
	// everUsed is set by the first request. Until then, the count is not exported.
	everUsed atomic.Bool
	// attributes are the method and the scheme.
	attributes metric.MeasurementOption
}

// newActiveCounter returns an activeCounter with a count for each method and scheme. If
// meter is not nil, newActiveCounter also registers the metric.
func newActiveCounter(meter metric.Meter, knownMethods *methods, onChange func()) (*activeCounter, error) {
	a := &activeCounter{counts: make([][2]activeCount, len(knownMethods.all)), onChange: onChange}
	for i, m := range knownMethods.all {
		for column, https := range []bool{false, true} {
			a.counts[i][column].attributes = metric.WithAttributeSet(attribute.NewSet(m.attribute, schemeAttribute(https)))
		}
	}
	if meter == nil {
		return a, nil
	}
	instrument, err := httpconv.NewServerActiveRequestsObservable(meter)
	if err != nil {
		return nil, err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, observer metric.Observer) error {
		for i := range a.counts {
			for column := range a.counts[i] {
				if count := &a.counts[i][column]; count.everUsed.Load() {
					observer.ObserveInt64(instrument.Inst(), count.value.Load(), count.attributes)
				}
			}
		}
		return nil
	}, instrument.Inst())
	return a, err
}

// countFor returns the count for a method and scheme.
func (a *activeCounter) countFor(m *method, https bool) *activeCount {
	if https {
		return &a.counts[m.index][1]
	}
	return &a.counts[m.index][0]
}

// start adds an open exchange to count.
func (a *activeCounter) start(count *activeCount) {
	count.value.Add(1)
	if !count.everUsed.Load() {
		count.everUsed.Store(true)
	}
}

// end removes an open exchange from count.
func (a *activeCounter) end(count *activeCount) {
	count.value.Add(-1)
	a.onChange()
}

// countOpenExchanges returns the number of exchanges that have started and not ended.
func (a *activeCounter) countOpenExchanges() (n int64) {
	for i := range a.counts {
		for column := range a.counts[i] {
			n += a.counts[i][column].value.Load()
		}
	}
	return n
}
