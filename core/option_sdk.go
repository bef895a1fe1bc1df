package core

import (
	"fmt"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/sampling"
)

// The options below add parts of OpenTelemetry's SDK to what the variables ask
// for: they are there with OTEL_TRACES_EXPORTER=none too, and nowhere with
// OTEL_SDK_DISABLED=true. Each may be given several times, and the parts add up.
// They are flushed and shut down with everything else, once and at the same time,
// within the times of Setup. A part that blocks, fails or panics costs the service
// none of its own telemetry. A nil part is an error of Setup.

// add is an option that adds a part; list takes it, and names its type.
func add[T any](option string, part T, list func(*config) (parts *[]T, names *[]string)) Option {
	return optionFunc(func(c *config) {
		if any(part) == nil {
			c.reject(option, "(nil): want what the SDK would be given")
			return
		}
		parts, names := list(c)
		*parts, *names = append(*parts, part), append(*names, fmt.Sprintf("%T", part))
	})
}

// WithSpanProcessor adds a span processor, such as one that copies baggage to
// attributes. It is told of every span that is recorded: of the start after the
// sampler's attributes are there, and of the end after the exporters have the span,
// so that one that blocks keeps none back. A panic is logged and goes no further.
// After the shutdown it is told nothing. Default: none.
func WithSpanProcessor(processor sdktrace.SpanProcessor) Option {
	return add("WithSpanProcessor", processor, func(c *config) (*[]sdktrace.SpanProcessor, *[]string) {
		return &c.added.SpanProcessors, &c.Added.SpanProcessors
	})
}

// WithLogProcessor adds a processor of log records, such as one that adds an
// attribute. It is given every record before the exporters are, which export what
// it has made of it; so a record is exported once it returns. Its errors and panics
// are logged, and the record goes on. Default: none.
func WithLogProcessor(processor sdklog.Processor) Option {
	return add("WithLogProcessor", processor, func(c *config) (*[]sdklog.Processor, *[]string) {
		return &c.added.LogProcessors, &c.Added.LogProcessors
	})
}

// WithSpanExporter adds an exporter of spans, such as one to a second backend. It
// has a queue and batches of its own, with the limits of [WithMaxQueueSize] and the
// others, is called by one goroutine at a time, and is given up when the time of an
// export is over. What becomes of its spans is in [Telemetry.ExporterStats], and in
// [Stats] where it is the only one. Default: none. OTEL_TRACES_EXPORTER says which
// exporters are there beside it.
func WithSpanExporter(exporter sdktrace.SpanExporter) Option {
	return add("WithSpanExporter", exporter, func(c *config) (*[]sdktrace.SpanExporter, *[]string) {
		return &c.added.SpanExporters, &c.Added.SpanExporters
	})
}

// WithLogExporter is [WithSpanExporter] for log records, beside
// OTEL_LOGS_EXPORTER.
func WithLogExporter(exporter sdklog.Exporter) Option {
	return add("WithLogExporter", exporter, func(c *config) (*[]sdklog.Exporter, *[]string) {
		return &c.added.LogExporters, &c.Added.LogExporters
	})
}

// WithMetricExporter is [WithSpanExporter] for metrics, beside
// OTEL_METRICS_EXPORTER. It is called every OTEL_METRIC_EXPORT_INTERVAL; temporality
// and aggregation are its own.
func WithMetricExporter(exporter sdkmetric.Exporter) Option {
	return add("WithMetricExporter", exporter, func(c *config) (*[]sdkmetric.Exporter, *[]string) {
		return &c.added.MetricExporters, &c.Added.MetricExporters
	})
}

// WithMetricReader adds a reader of metrics, such as one that is scraped, beside
// OTEL_METRICS_EXPORTER. What it reads is in no [Stats]. A reader belongs to one
// Setup. Default: none.
func WithMetricReader(reader sdkmetric.Reader) Option {
	return add("WithMetricReader", reader, func(c *config) (*[]sdkmetric.Reader, *[]string) {
		return &c.added.MetricReaders, &c.Added.MetricReaders
	})
}

// WithView changes the streams of metrics whose instruments it matches, such as
// their buckets or attributes; see [sdkmetric.NewView]. A view that matches nothing
// changes nothing. Default: none, every instrument has the stream of its kind.
func WithView(view sdkmetric.View) Option {
	return optionFunc(func(c *config) {
		if view == nil {
			c.reject("WithView", "(nil): want a view, such as one of sdkmetric.NewView")
			return
		}
		c.added.Views = append(c.added.Views, view)
		c.Added.Views++
	})
}

// WithIDGenerator makes the ids of traces and spans. The last one holds. Default:
// random ids. OTEL_GO_ID_GENERATOR, random or a name of package register, replaces
// it.
func WithIDGenerator(generator sdktrace.IDGenerator) Option {
	return optionFunc(func(c *config) {
		if generator == nil {
			c.reject("WithIDGenerator", "(nil): want a generator of ids")
			return
		}
		c.added.IDGenerator, c.Added.IDGenerator = generator, fmt.Sprintf("%T", generator)
	})
}

// WithSpanLimits limits what one span may hold, -1 is no limit. Default: those of
// the specification. The last one holds; each of OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT,
// OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT,
// OTEL_SPAN_LINK_COUNT_LIMIT, OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT and
// OTEL_LINK_ATTRIBUTE_COUNT_LIMIT replaces its own, and the general
// OTEL_ATTRIBUTE_COUNT_LIMIT and OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT those two.
//
// A field that is 0 keeps nothing of its kind: begin with
// [sdktrace.NewSpanLimits].
func WithSpanLimits(limits sdktrace.SpanLimits) Option {
	return optionFunc(func(c *config) {
		for _, limit := range []struct {
			field string
			value int
		}{
			{"AttributeValueLengthLimit", limits.AttributeValueLengthLimit}, {"AttributeCountLimit", limits.AttributeCountLimit},
			{"EventCountLimit", limits.EventCountLimit}, {"LinkCountLimit", limits.LinkCountLimit},
			{"AttributePerEventCountLimit", limits.AttributePerEventCountLimit}, {"AttributePerLinkCountLimit", limits.AttributePerLinkCountLimit},
		} {
			if limit.value < -1 {
				c.reject("WithSpanLimits", ": %s of %d, want -1 for no limit, or more", limit.field, limit.value)
				return
			}
		}
		c.SpanLimits = &limits
	})
}

// Sampler returns the sampler that Setup makes of next: it drops every span of
// an excluded request, whatever next would do. It is for providers that are
// built without Setup, whose other samplers than the parent-based ones would
// record what an excluded request leads to. Nil is the default, parentbased_always_on.
func Sampler(next sdktrace.Sampler) sdktrace.Sampler {
	if next == nil {
		next = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	return sampling.New(next)
}
