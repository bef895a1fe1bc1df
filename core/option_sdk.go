package core

import (
	"fmt"
	"reflect"
	"strings"

	"go.opentelemetry.io/otel"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/sampling"
)

// The options below add components of OpenTelemetry's SDK to those that the variables
// select: see [Option]. The components are flushed and shut down once, concurrently with
// everything else and within the same time limits. A component that blocks, fails or
// panics does not affect the service's other telemetry. A nil component makes Setup
// return an error.

// partOption returns an option that adds a component. list returns the slice that the
// component is appended to, and the slice for the name of its type.
func partOption[T any](option string, part T, list func(*config) (parts *[]T, names *[]string)) Option {
	return optionFunc(func(c *config) {
		if c.rejectNil(option, part, fmt.Sprintf("a non-nil %v", reflect.TypeFor[T]())) {
			return
		}
		parts, names := list(c)
		*parts, *names = append(*parts, part), append(*names, fmt.Sprintf("%T", part))
	})
}

// WithSpanProcessor adds a span processor, such as one that copies baggage to attributes.
// Its OnStart and OnEnd are called for every recorded span. When OnStart is called, the
// span already has the sampler's attributes. OnEnd is called after the exporters have
// received the span, so that a processor that blocks does not delay the export. Panics
// are recovered and logged. The processor is not called after the shutdown. Default:
// none.
func WithSpanProcessor(processor sdktrace.SpanProcessor) Option {
	return partOption("WithSpanProcessor", processor, func(c *config) (*[]sdktrace.SpanProcessor, *[]string) {
		return &c.addedParts.SpanProcessors, &c.Added.SpanProcessors
	})
}

// WithLogProcessor adds a processor of log records, such as one that adds an attribute.
// It receives every record before the exporters, so its changes are exported. A record is
// exported only when the processor has returned. Errors and panics of the processor are
// logged, and the record is still exported. Default: none.
func WithLogProcessor(processor sdklog.Processor) Option {
	return partOption("WithLogProcessor", processor, func(c *config) (*[]sdklog.Processor, *[]string) {
		return &c.addedParts.LogProcessors, &c.Added.LogProcessors
	})
}

// WithSpanExporter adds an exporter of spans, such as one for a second backend. It has
// its own queue and batches, with the limits of [WithMaxQueueSize] and the related
// options. It is called by one goroutine at a time. An export is abandoned when its
// timeout is over. [Telemetry.ExporterStats] counts the exporter's spans, and so does
// [Stats] if it is the only exporter. Default: none. OTEL_TRACES_EXPORTER selects the
// other exporters.
func WithSpanExporter(exporter sdktrace.SpanExporter) Option {
	return partOption("WithSpanExporter", exporter, func(c *config) (*[]sdktrace.SpanExporter, *[]string) {
		return &c.addedParts.SpanExporters, &c.Added.SpanExporters
	})
}

// WithLogExporter adds an exporter of log records to those of OTEL_LOGS_EXPORTER.
// Otherwise it is like [WithSpanExporter].
func WithLogExporter(exporter sdklog.Exporter) Option {
	return partOption("WithLogExporter", exporter, func(c *config) (*[]sdklog.Exporter, *[]string) {
		return &c.addedParts.LogExporters, &c.Added.LogExporters
	})
}

// WithMetricExporter adds an exporter of metrics to those of OTEL_METRICS_EXPORTER. It is
// called every OTEL_METRIC_EXPORT_INTERVAL. The exporter selects temporality and
// aggregation. Otherwise the option is like [WithSpanExporter].
func WithMetricExporter(exporter sdkmetric.Exporter) Option {
	return partOption("WithMetricExporter", exporter, func(c *config) (*[]sdkmetric.Exporter, *[]string) {
		return &c.addedParts.MetricExporters, &c.Added.MetricExporters
	})
}

// WithMetricReader adds a reader of metrics, such as one for a pull exporter, to the
// exporters of OTEL_METRICS_EXPORTER. [Stats] does not count the data points that the
// reader collects. A reader can be used in one Setup only. Default: none.
func WithMetricReader(reader sdkmetric.Reader) Option {
	return partOption("WithMetricReader", reader, func(c *config) (*[]sdkmetric.Reader, *[]string) {
		return &c.addedParts.MetricReaders, &c.Added.MetricReaders
	})
}

// WithView adds a view, which changes the streams of the instruments that it matches,
// such as their buckets or attributes; see [sdkmetric.NewView]. A view that matches
// nothing has no effect. If the metrics of requests cannot be created with the view,
// Setup returns an error. Default: none.
func WithView(view sdkmetric.View) Option {
	return optionFunc(func(c *config) {
		if view == nil {
			c.reject("WithView", "(nil): want a view, for example from sdkmetric.NewView")
			return
		}
		if metric, err := providers.CheckView(view); err != nil {
			c.reject("WithView", ": %s, want another aggregation, or none for the default", metric+": "+strings.ReplaceAll(err.Error(), "\n", ": "))
			return
		}
		c.addedParts.Views = append(c.addedParts.Views, view)
		c.Added.Views++
	})
}

// WithIDGenerator sets the generator of trace and span ids. If the option is given
// several times, the last one applies. Default: random ids. OTEL_GO_ID_GENERATOR
// replaces it. The value of the variable is "random" or a name that an imported package
// has registered with package register.
func WithIDGenerator(generator sdktrace.IDGenerator) Option {
	return optionFunc(func(c *config) {
		if c.rejectNil("WithIDGenerator", generator, "an ID generator") {
			return
		}
		c.addedParts.IDGenerator, c.Added.IDGenerator = generator, fmt.Sprintf("%T", generator)
	})
}

// WithSpanLimits limits the contents of a span; -1 means no limit. If the option is given
// several times, the last one applies. Default: the limits of the specification. Each of
// OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT,
// OTEL_SPAN_EVENT_COUNT_LIMIT, OTEL_SPAN_LINK_COUNT_LIMIT,
// OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT and OTEL_LINK_ATTRIBUTE_COUNT_LIMIT replaces its
// limit; the general OTEL_ATTRIBUTE_COUNT_LIMIT and OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT
// replace the first two.
//
// If a field is 0, nothing of that kind is recorded, so start with
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
				c.reject("WithSpanLimits", ": %s, want 0 or more, or -1 for no limit", fmt.Sprintf("%s is %d", limit.field, limit.value))
				return
			}
		}
		c.SpanLimits = &limits
	})
}

// Sampler returns the sampler that Setup builds around next. It drops every span below an
// excluded request, even if next would record the span. Use it for providers that are
// built without Setup, if their samplers are not parent-based. If next is nil, the
// default, parentbased_always_on, is used.
func Sampler(next sdktrace.Sampler) sdktrace.Sampler {
	if next == nil {
		next = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	return sampling.New(next, otel.Handle)
}
