package pipeline

import (
	"context"
	"errors"
	"fmt"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/selflog"
)

// AddedSpanProcessor wraps a span processor of the service. Panics of the processor are
// recovered and reported. The processor is not called after its shutdown.
type AddedSpanProcessor struct {
	*Foreign
	next     sdktrace.SpanProcessor
	reporter *selflog.Reporter
}

// NewAddedSpanProcessor wraps next so that faults of next cannot affect the service. name
// is used in errors.
func NewAddedSpanProcessor(name string, next sdktrace.SpanProcessor, report *selflog.Reporter) *AddedSpanProcessor {
	return &AddedSpanProcessor{NewForeign(name, next.ForceFlush, next.Shutdown), next, report}
}

// OnStart calls the processor.
func (p *AddedSpanProcessor) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if p.closed.Load() {
		return
	}
	defer recoverAndReport(p.reporter, p.name, "OnStart")
	p.next.OnStart(ctx, span)
}

// OnEnd calls the processor.
func (p *AddedSpanProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if p.closed.Load() {
		return
	}
	defer recoverAndReport(p.reporter, p.name, "OnEnd")
	p.next.OnEnd(span)
}

// recoverAndReport recovers and reports a panic of a component that the service adds.
// The argument name is the name of the component, and call the name of the method.
// recoverAndReport must be deferred.
func recoverAndReport(report *selflog.Reporter, name, call string) {
	if value := recover(); value != nil { //nolint:revive // the function itself is deferred
		reportPanic(report, name, call, value)
	}
}

// reportPanic reports a panic of a component that the service adds. value is the value of
// the panic.
func reportPanic(report *selflog.Reporter, name, call string, value any) {
	report.Report(selflog.Kind{Message: "core: a component of the service panicked", Cause: name + call}, 1,
		fmt.Errorf("%s: %s panicked: %v", name, call, value))
}

// SpanFan passes spans to several processors. An ended span goes to the processors of the
// exporters first, so that a slow added processor does not delay its export.
type SpanFan struct {
	// Resource restores the resource of spans. It is used only if there is no exporter;
	// otherwise the exporter's processor restores the resource. It may be nil.
	Resource  *Resource
	Exporting []sdktrace.SpanProcessor
	Added     []*AddedSpanProcessor
}

// OnStart adds to a server span the start attributes that the sampler has not added, and
// then calls the added processors. If there are exporters, the processor of the first
// exporter adds the attributes.
func (f *SpanFan) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if len(f.Exporting) > 0 {
		f.Exporting[0].OnStart(ctx, span)
	} else {
		(&SpanProcessor{Resource: f.Resource}).OnStart(ctx, span)
	}
	for _, p := range f.Added {
		p.OnStart(ctx, span)
	}
}

// OnEnd calls all processors.
func (f *SpanFan) OnEnd(span sdktrace.ReadOnlySpan) {
	for _, p := range f.Exporting {
		p.OnEnd(span)
	}
	for _, p := range f.Added {
		p.OnEnd(span)
	}
}

// ForceFlush flushes all processors.
func (f *SpanFan) ForceFlush(ctx context.Context) error {
	var problems []error
	for _, p := range f.Exporting {
		problems = append(problems, p.ForceFlush(ctx))
	}
	for _, p := range f.Added {
		problems = append(problems, p.ForceFlush(ctx))
	}
	return errors.Join(problems...)
}

// Shutdown shuts down all processors.
func (f *SpanFan) Shutdown(ctx context.Context) error {
	var problems []error
	for _, p := range f.Exporting {
		problems = append(problems, p.Shutdown(ctx))
	}
	for _, p := range f.Added {
		problems = append(problems, p.Shutdown(ctx))
	}
	return errors.Join(problems...)
}

// AddedLogProcessor wraps a log record processor of the service. The SDK calls it before
// the exporters' processors, so that changes by the wrapped processor are exported.
type AddedLogProcessor struct {
	*Foreign
	next sdklog.Processor
	// resourceRestorer restores the resource of records. It may be nil.
	resourceRestorer *Resource
	reporter         *selflog.Reporter
}

// NewAddedLogProcessor wraps next so that faults of next cannot affect the service. name
// is used in errors.
func NewAddedLogProcessor(name string, next sdklog.Processor, resource *Resource, report *selflog.Reporter) *AddedLogProcessor {
	return &AddedLogProcessor{NewForeign(name, next.ForceFlush, next.Shutdown), next, resource, report}
}

// Enabled returns the processor's result, or false if it panics. A processor that returns
// false does not disable the record for others: the SDK also calls Enabled of the
// exporters' processors.
func (p *AddedLogProcessor) Enabled(ctx context.Context, parameters sdklog.EnabledParameters) bool {
	if p.closed.Load() {
		return false
	}
	defer recoverAndReport(p.reporter, p.name, "Enabled")
	return p.next.Enabled(ctx, parameters)
}

// OnEmit calls the processor, and reports an error or a panic of the processor.
func (p *AddedLogProcessor) OnEmit(ctx context.Context, record *sdklog.Record) error {
	if p.closed.Load() {
		return nil
	}
	if p.resourceRestorer != nil {
		p.resourceRestorer.restoreInto(record.Resource())
	}
	defer recoverAndReport(p.reporter, p.name, "OnEmit")
	if err := p.next.OnEmit(ctx, record); err != nil {
		p.reporter.Report(selflog.Kind{Message: "core: a log processor of the service has failed", Cause: p.name}, 1, p.prefixError(err))
	}
	return nil
}

// AddedReader wraps a metric reader of the service.
type AddedReader struct {
	sdkmetric.Reader
	// foreign flushes and shuts down the reader.
	foreign *Foreign
}

// NewAddedReader wraps next so that faults of next cannot affect the service. name is
// used in errors.
func NewAddedReader(name string, next sdkmetric.Reader) *AddedReader {
	var flush func(context.Context) error
	if flusher, ok := next.(interface{ ForceFlush(context.Context) error }); ok {
		flush = flusher.ForceFlush
	}
	return &AddedReader{next, NewForeign(name, flush, next.Shutdown)}
}

// ForceFlush flushes the reader if it has a method ForceFlush.
func (r *AddedReader) ForceFlush(ctx context.Context) error { return r.foreign.ForceFlush(ctx) }

// Shutdown shuts down the reader once.
func (r *AddedReader) Shutdown(ctx context.Context) error { return r.foreign.Shutdown(ctx) }
