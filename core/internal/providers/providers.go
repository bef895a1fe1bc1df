package providers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/log"
	lognoop "go.opentelemetry.io/otel/log/noop"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/console"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/internal/settings"
)

// Providers holds the providers of the three signals and their exporters.
type Providers struct {
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
	Logger log.LoggerProvider

	// Traces, Metrics and Logs are the pipelines to the first exporter of each signal. A
	// pipeline does nothing if its signal has no exporter. Further are the pipelines to
	// all other exporters.
	Traces, Metrics, Logs *pipeline.Pipeline
	Further               []*pipeline.Pipeline

	reporter *selflog.Reporter
	// addedComponents are the processors, readers, samplers and providers that the service
	// adds.
	addedComponents []addedComponent
	// registeredProcessors are the span processors that the service registers directly on
	// the provider.
	registeredProcessors pipeline.Registered
	// sdkMeterProvider is the SDK's meter provider, or nil. If the field had the SDK's
	// type, every package that uses a core.Telemetry would compile a thousand functions of
	// generic types.
	sdkMeterProvider interface{ Shutdown(context.Context) error }
	// ownEndedSpans counts the ended spans of a tracer provider that the service has
	// built.
	ownEndedSpans atomic.Uint64
	// stopCountingSpans stops counting ended spans. It is nil if they are not counted.
	stopCountingSpans func()
	// stopRuntimeMetrics ends the metrics of the Go runtime. It is nil if there are none.
	stopRuntimeMetrics func()
	// hasServiceLogProcessors is set if log records go to log processors that the service
	// adds, or to a logger provider that it has built. A shutdown clears it.
	hasServiceLogProcessors atomic.Bool
}

// addedComponent is a component of the service that is flushed and shut down together with
// the exporters.
type addedComponent interface {
	ForceFlush(context.Context) error
	Shutdown(context.Context) error
}

// Added are the parts of the SDK that the service adds in code.
type Added struct {
	SpanProcessors  []sdktrace.SpanProcessor
	LogProcessors   []sdklog.Processor
	SpanExporters   []sdktrace.SpanExporter
	LogExporters    []sdklog.Exporter
	MetricExporters []sdkmetric.Exporter
	MetricReaders   []sdkmetric.Reader
	Views           []sdkmetric.View
	IDGenerator     sdktrace.IDGenerator
	// Report receives an error if a registered component cannot be used as intended.
	Report func(error)
}

// None returns providers that record nothing until [Providers.Build] or [Providers.Adopt]
// replaces them. The pipelines that Build sets up report losses to reporter.
func None(reporter *selflog.Reporter) *Providers {
	p := &Providers{
		Tracer: tracenoop.NewTracerProvider(), Meter: metricnoop.NewMeterProvider(), Logger: lognoop.NewLoggerProvider(),
		reporter: reporter,
	}
	p.Traces, p.Metrics, p.Logs = p.newTracesPipeline(), p.newMetricsPipeline(), p.newLogsPipeline()
	return p
}

func (p *Providers) newTracesPipeline() *pipeline.Pipeline {
	return pipeline.New("traces", "span", "span", p.reporter)
}

func (p *Providers) newMetricsPipeline() *pipeline.Pipeline {
	metrics := pipeline.New("metrics", "export", "data point", p.reporter)
	metrics.Points = new(account.Counters)
	return metrics
}

func (p *Providers) newLogsPipeline() *pipeline.Pipeline {
	return pipeline.New("logs", "log record", "log record", p.reporter)
}

// Build builds the providers that s and added configure, and replaces the providers of
// [None] by them. If it returns an error, the caller must shut down the providers.
func (p *Providers) Build(ctx context.Context, s *settings.Settings, added Added, out *console.Writer, res *resource.Resource) error {
	b := &builder{Providers: p, settings: s, addedParts: added, console: out, resource: res}
	b.resourceRestorer = pipeline.NewResource(res)
	problem := b.buildTraces(ctx)
	b.resourceRestorer = pipeline.NewResource(res) // a new one, since a Resource works for one provider only
	return errors.Join(problem, b.buildMetrics(ctx), b.buildLogs(ctx))
}

// Pipelines returns all pipelines, the first of each signal before the others.
func (p *Providers) Pipelines() []*pipeline.Pipeline {
	return append([]*pipeline.Pipeline{p.Traces, p.Metrics, p.Logs}, p.Further...)
}

// Each calls do with every pipeline, concurrently.
func (p *Providers) Each(do func(*pipeline.Pipeline) error) []error {
	pipelines := p.Pipelines()
	problems := make([]error, len(pipelines))
	var group sync.WaitGroup
	for i, line := range pipelines {
		group.Go(func() { problems[i] = do(line) })
	}
	group.Wait()
	return problems
}

// FlushAdded flushes the components that the service adds, concurrently. It returns when
// limit ends, even if a component does not.
func (p *Providers) FlushAdded(limit context.Context) error {
	return p.forEachAdded(limit, p.registeredProcessors.Flush, addedComponent.ForceFlush)
}

// ShutdownAdded shuts down the components that the service adds, concurrently. It returns
// when limit ends, even if a component does not.
func (p *Providers) ShutdownAdded(limit context.Context) error {
	p.hasServiceLogProcessors.Store(false)
	return p.forEachAdded(limit, p.registeredProcessors.Shutdown, addedComponent.Shutdown)
}

// forEachAdded calls do with each added component, concurrently. In addition, it calls
// doRegistered once, for all registered processors.
func (p *Providers) forEachAdded(limit context.Context, doRegistered func(context.Context) error, do func(addedComponent, context.Context) error) error {
	problems := make([]error, 1+len(p.addedComponents))
	var group sync.WaitGroup
	group.Go(func() { problems[0] = doRegistered(limit) })
	for i, component := range p.addedComponents {
		group.Go(func() { problems[1+i] = do(component, limit) })
	}
	group.Wait()
	return errors.Join(problems...)
}

// Stop shuts down the providers, so that they record nothing more. It must be called
// last.
func (p *Providers) Stop(limit context.Context) {
	if p.stopCountingSpans != nil {
		p.stopCountingSpans()
	}
	if p.sdkMeterProvider == nil && p.stopRuntimeMetrics == nil {
		return
	}
	done := make(chan error, 1)
	go func() {
		var err error
		if p.sdkMeterProvider != nil {
			err = p.sdkMeterProvider.Shutdown(limit)
		}
		if p.stopRuntimeMetrics != nil {
			p.stopRuntimeMetrics() // waits for a collection in progress
		}
		done <- err
	}()
	_ = pipeline.Within(limit, done) // ignore the error: the readers are already shut down
}

// TakesLogs reports whether log records are exported or processed. After the final export
// of a shutdown, they are not.
func (p *Providers) TakesLogs() bool {
	if queue := p.Logs.Queue; queue != nil {
		return !queue.Closed.Load()
	}
	return p.hasServiceLogProcessors.Load()
}

// describeComponent returns the name, for errors, of a component that the service adds:
// its kind, such as "exporter", and its type.
func describeComponent(kind string, component any) string {
	return fmt.Sprintf("%s %T", kind, component)
}
