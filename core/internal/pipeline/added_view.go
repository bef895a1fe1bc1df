package pipeline

import (
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/samespan/samespan/core/internal/selflog"
)

// NewAddedView wraps a view of the service. A view that panics matches nothing, and the
// panic is reported. If the view's attribute filter panics, the attribute is dropped.
func NewAddedView(name string, next sdkmetric.View, report *selflog.Reporter) sdkmetric.View {
	return func(instrument sdkmetric.Instrument) (sdkmetric.Stream, bool) {
		stream, matches := callViewSafely(name, next, report, instrument)
		if filter := stream.AttributeFilter; filter != nil {
			stream.AttributeFilter = func(kv attribute.KeyValue) (keep bool) {
				defer recoverAndReport(report, name, "AttributeFilter")
				return filter(kv)
			}
		}
		return stream, matches
	}
}

// callViewSafely calls the view next. A panic is reported, and the view then matches
// nothing.
func callViewSafely(name string, next sdkmetric.View, report *selflog.Reporter, instrument sdkmetric.Instrument) (stream sdkmetric.Stream, matches bool) {
	defer recoverAndReport(report, name, "the function")
	return next(instrument)
}
