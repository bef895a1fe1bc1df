package otlp

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"

	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/core/internal/spanwire"
)

// A failed attempt is retried until the timeout of the export or, without a timeout, for
// a minute. The pauses between attempts are short, so that a restart of the collector
// causes no loss, and exports resume within seconds after a longer failure of the
// collector.
const (
	// firstRetryPause is the pause before the first retry. The pauses grow up to
	// maxRetryPause.
	firstRetryPause = time.Second
	maxRetryPause   = 5 * time.Second
	// maxRetryTime limits the retries of an export without a timeout.
	maxRetryTime = time.Minute
)

// maxElapsedTime returns how long an export is retried; 0 means until its context ends.
func (o *Collector) maxElapsedTime() time.Duration {
	if o.ExportTimeout == 0 || o.ExportTimeout == settings.Forever {
		return maxRetryTime
	}
	return 0
}

// SpanExporter returns the OTLP span exporter, and a function that closes the connection
// to the collector. The caller must shut down the exporter first.
func (o *Collector) SpanExporter(ctx context.Context) (sdktrace.SpanExporter, func() error, error) {
	exporter, release, err := o.buildSpanExporter(ctx)
	if err != nil {
		return nil, nil, err
	}
	return pauseLimitingSpanExporter{exporter, o.Urgency}, release, nil
}

// buildSpanExporter returns the OTLP exporter of spans, and a function that closes the
// connection to the collector.
func (o *Collector) buildSpanExporter(ctx context.Context) (sdktrace.SpanExporter, func() error, error) {
	if o.Protocol == settings.ProtocolHTTP {
		client, release := o.newHTTPClient()
		exporter, err := newSpanExporterWithClient(ctx, otlptracehttp.NewClient(
			otlptracehttp.WithEndpointURL(o.URL.String()),
			otlptracehttp.WithHTTPClient(client),
			otlptracehttp.WithTLSClientConfig(nil),
			otlptracehttp.WithHeaders(o.Headers),
			otlptracehttp.WithTimeout(0), // httpSender limits each attempt
			otlptracehttp.WithCompression(httpCompression[otlptracehttp.Compression](o)),
			// Without this option, the client would read the encoding from
			// OTEL_EXPORTER_OTLP_PROTOCOL, even if Setup ignores that variable. JSON
			// would lose the spans, which spanwire has already encoded as protobuf.
			otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf),
			otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
				Enabled: true, InitialInterval: firstRetryPause, MaxInterval: maxRetryPause, MaxElapsedTime: o.maxElapsedTime(),
			})))
		return exporter, release, err
	}
	conn, release, err := o.newGRPCClientConn()
	if err != nil {
		return nil, nil, err
	}
	exporter, err := newSpanExporterWithClient(ctx, otlptracegrpc.NewClient(
		otlptracegrpc.WithGRPCConn(conn),
		otlptracegrpc.WithHeaders(o.Headers),
		otlptracegrpc.WithTimeout(0), // grpcSender limits each attempt
		otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
			Enabled: true, InitialInterval: firstRetryPause, MaxInterval: maxRetryPause, MaxElapsedTime: o.maxElapsedTime(),
		})))
	return exporter, release, err
}

// newSpanExporterWithClient returns an exporter that sends with client. Usually it is the
// exporter of package spanwire. The messages of that exporter contain encoded spans, in a
// buffer that the next export overwrites. OpenTelemetry's own exporter is used in two cases:
//
//   - Other code reads the messages: the SDK's experimental metrics count the spans in a
//     message, and gRPC's tracing keeps messages to show them later.
//   - A newer version of the client does not send the encoded spans.
func newSpanExporterWithClient(ctx context.Context, client otlptrace.Client) (sdktrace.SpanExporter, error) {
	if account.ExperimentalMetrics() || grpc.EnableTracing {
		exporter, err := otlptrace.New(ctx, client)
		return sanitize.NewSpanExporter(exporter), err
	}
	exporter, err := spanwire.New(ctx, client, sanitize.NewSpanExporter(otlptrace.NewUnstarted(client)))
	if err != nil {
		return nil, err
	}
	if !sendsEncodedSpans(ctx, exporter) {
		exporter.UseFallback()
	}
	return exporter, nil
}

// MetricOptions returns the options for the temporality and the histogram aggregation that
// a configuration file sets. Without a file, it returns none, and the exporters read the
// variables for these settings themselves.
func MetricOptions[O any](file declared.File, temporality func(sdkmetric.TemporalitySelector) O, aggregation func(sdkmetric.AggregationSelector) O) (options []O) {
	if file.Temporality != nil {
		options = append(options, temporality(file.Temporality))
	}
	if file.Aggregation != nil {
		options = append(options, aggregation(file.Aggregation))
	}
	return options
}

// MetricExporter returns the OTLP metric exporter, and a function that closes the
// connection to the collector. The caller must shut down the exporter first.
func (o *Collector) MetricExporter(ctx context.Context, file declared.File) (sdkmetric.Exporter, func() error, error) {
	exporter, release, err := o.buildMetricExporter(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	return pauseLimitingMetricExporter{exporter, o.Urgency}, release, nil
}

// buildMetricExporter returns the OTLP exporter of metrics, and a function that closes
// the connection to the collector.
func (o *Collector) buildMetricExporter(ctx context.Context, file declared.File) (sdkmetric.Exporter, func() error, error) {
	if o.Protocol == settings.ProtocolHTTP {
		client, release := o.newHTTPClient()
		exporter, err := otlpmetrichttp.New(ctx, append(
			MetricOptions(file, otlpmetrichttp.WithTemporalitySelector, otlpmetrichttp.WithAggregationSelector),
			otlpmetrichttp.WithEndpointURL(o.URL.String()),
			otlpmetrichttp.WithHTTPClient(client),
			otlpmetrichttp.WithTLSClientConfig(nil),
			otlpmetrichttp.WithHeaders(o.Headers),
			otlpmetrichttp.WithTimeout(0), // httpSender limits each attempt
			otlpmetrichttp.WithCompression(httpCompression[otlpmetrichttp.Compression](o)),
			otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{
				Enabled: true, InitialInterval: firstRetryPause, MaxInterval: maxRetryPause, MaxElapsedTime: o.maxElapsedTime(),
			}))...)
		return exporter, release, err
	}
	conn, release, err := o.newGRPCClientConn()
	if err != nil {
		return nil, nil, err
	}
	exporter, err := otlpmetricgrpc.New(ctx, append(
		MetricOptions(file, otlpmetricgrpc.WithTemporalitySelector, otlpmetricgrpc.WithAggregationSelector),
		otlpmetricgrpc.WithGRPCConn(conn),
		otlpmetricgrpc.WithHeaders(o.Headers),
		otlpmetricgrpc.WithTimeout(0), // grpcSender limits each attempt
		otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig{
			Enabled: true, InitialInterval: firstRetryPause, MaxInterval: maxRetryPause, MaxElapsedTime: o.maxElapsedTime(),
		}))...)
	return exporter, release, err
}

// LogExporter returns the OTLP log exporter, and a function that closes the connection to
// the collector. The caller must shut down the exporter first.
func (o *Collector) LogExporter(ctx context.Context) (sdklog.Exporter, func() error, error) {
	exporter, release, err := o.buildLogExporter(ctx)
	if err != nil {
		return nil, nil, err
	}
	return pauseLimitingLogExporter{exporter, o.Urgency}, release, nil
}

// buildLogExporter returns the OTLP exporter of log records, and a function that closes
// the connection to the collector.
func (o *Collector) buildLogExporter(ctx context.Context) (sdklog.Exporter, func() error, error) {
	if o.Protocol == settings.ProtocolHTTP {
		client, release := o.newHTTPClient()
		exporter, err := otlploghttp.New(ctx,
			otlploghttp.WithEndpointURL(o.URL.String()),
			otlploghttp.WithHTTPClient(client),
			otlploghttp.WithTLSClientConfig(nil),
			otlploghttp.WithHeaders(o.Headers),
			otlploghttp.WithTimeout(0), // httpSender limits each attempt
			otlploghttp.WithCompression(httpCompression[otlploghttp.Compression](o)),
			otlploghttp.WithRetry(otlploghttp.RetryConfig{
				Enabled: true, InitialInterval: firstRetryPause, MaxInterval: maxRetryPause, MaxElapsedTime: o.maxElapsedTime(),
			}))
		return exporter, release, err
	}
	conn, release, err := o.newGRPCClientConn()
	if err != nil {
		return nil, nil, err
	}
	exporter, err := otlploggrpc.New(ctx,
		otlploggrpc.WithGRPCConn(conn),
		otlploggrpc.WithHeaders(o.Headers),
		otlploggrpc.WithTimeout(0), // grpcSender limits each attempt
		otlploggrpc.WithRetry(otlploggrpc.RetryConfig{
			Enabled: true, InitialInterval: firstRetryPause, MaxInterval: maxRetryPause, MaxElapsedTime: o.maxElapsedTime(),
		}))
	return exporter, release, err
}

// httpCompression returns the setting for compression as the type C, which each of the
// three OTLP/HTTP exporters defines. In all three, 0 means no compression and 1 means
// gzip.
func httpCompression[C ~int](o *Collector) C {
	if o.Gzip {
		return 1
	}
	return 0
}
