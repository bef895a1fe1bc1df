package sanitize

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/spanwire"
)

// recordingTransport is an HTTP transport that keeps the body of the last request instead of
// sending it.
type recordingTransport struct{ body []byte }

func (c *recordingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	c.body = body
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-protobuf"}}, Body: http.NoBody, Request: r,
	}, err
}

// hostileAttributes returns attributes of every type that holds strings.
func hostileAttributes(key, value string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("s"+key, value),
		attribute.StringSlice("l"+key, []string{"good", value, key}),
		{Key: attribute.Key("n" + key), Value: attribute.SliceValue(
			attribute.StringValue(value),
			attribute.MapValue(attribute.String("m"+key, value), attribute.Int("i", 1)),
			attribute.SliceValue(attribute.StringValue(key)))},
		attribute.Int("int"+key, 1),
	}
}

// hostileScope returns a scope with the given strings wherever an application can set a
// string.
func hostileScope(key, value string) instrumentation.Scope {
	return instrumentation.Scope{Name: key, Version: value, SchemaURL: value, Attributes: attribute.NewSet(hostileAttributes(key, value)...)}
}

// hostileSpan returns a span with the given strings wherever an application can set a
// string.
func hostileSpan(key, value string) sdktrace.ReadOnlySpan {
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled})
	attributes := hostileAttributes(key, value)
	return tracetest.SpanStub{
		Name: value, SpanContext: sc, Attributes: attributes,
		Events:               []sdktrace.Event{{Name: "good"}, {Name: key, Attributes: attributes}},
		Links:                []sdktrace.Link{{SpanContext: sc}, {SpanContext: sc, Attributes: attributes}},
		Status:               sdktrace.Status{Code: codes.Error, Description: value},
		InstrumentationScope: hostileScope(key, value),
	}.Snapshot()
}

// hostileMetrics returns metrics of every type with the given strings wherever an
// application can set a string.
func hostileMetrics(key, value string) *metricdata.ResourceMetrics {
	set := attribute.NewSet(hostileAttributes(key, value)...)
	filtered := hostileAttributes(key, value)
	ints := []metricdata.DataPoint[int64]{{Attributes: set, Exemplars: []metricdata.Exemplar[int64]{{FilteredAttributes: filtered}}}}
	floats := []metricdata.DataPoint[float64]{{Attributes: set, Exemplars: []metricdata.Exemplar[float64]{{FilteredAttributes: filtered}}}}
	data := []metricdata.Aggregation{
		metricdata.Gauge[int64]{DataPoints: ints}, metricdata.Gauge[float64]{DataPoints: floats},
		metricdata.Sum[int64]{DataPoints: ints, Temporality: metricdata.CumulativeTemporality},
		metricdata.Sum[float64]{DataPoints: floats, Temporality: metricdata.CumulativeTemporality},
		metricdata.Histogram[int64]{Temporality: metricdata.CumulativeTemporality, DataPoints: []metricdata.HistogramDataPoint[int64]{
			{Attributes: set, Exemplars: []metricdata.Exemplar[int64]{{FilteredAttributes: filtered}}}}},
		metricdata.Histogram[float64]{Temporality: metricdata.CumulativeTemporality, DataPoints: []metricdata.HistogramDataPoint[float64]{
			{Attributes: set, Exemplars: []metricdata.Exemplar[float64]{{FilteredAttributes: filtered}}}}},
		metricdata.ExponentialHistogram[int64]{Temporality: metricdata.CumulativeTemporality, DataPoints: []metricdata.ExponentialHistogramDataPoint[int64]{
			{Attributes: set, Exemplars: []metricdata.Exemplar[int64]{{FilteredAttributes: filtered}}}}},
		metricdata.ExponentialHistogram[float64]{Temporality: metricdata.CumulativeTemporality, DataPoints: []metricdata.ExponentialHistogramDataPoint[float64]{
			{Attributes: set, Exemplars: []metricdata.Exemplar[float64]{{FilteredAttributes: filtered}}}}},
		metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{Attributes: set}}},
	}
	scoped := metricdata.ScopeMetrics{Scope: hostileScope(key, value)}
	for _, aggregation := range data {
		scoped.Metrics = append(scoped.Metrics, metricdata.Metrics{Name: key, Description: value, Unit: value, Data: aggregation})
	}
	return &metricdata.ResourceMetrics{Resource: resource.Empty(), ScopeMetrics: []metricdata.ScopeMetrics{scoped}}
}

// hostileRecord returns a log record with the given strings wherever an application can
// set a string.
func hostileRecord(key, value string) log.Record {
	var record log.Record
	record.SetBody(attribute.SliceValue(attribute.StringValue(value), attribute.MapValue(attribute.String(key, value))))
	record.SetSeverityText(value)
	record.SetEventName(key)
	record.AddAttributes(hostileAttributes(key, value)...)
	return record
}

// sanitizingLogExporter is an exporter that sanitizes the records if isSanitizing is set.
// It stores the error of the export, which the SDK does not return, in err.
type sanitizingLogExporter struct {
	sdklog.Exporter
	isSanitizing bool
	err          error
}

func (e *sanitizingLogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	if e.isSanitizing {
		records = Records(records)
	}
	e.err = e.Exporter.Export(ctx, records)
	return nil
}

// exporters holds OpenTelemetry's exporters, with clients that do not use a network.
type exporters struct {
	transport *recordingTransport
	spans     sdktrace.SpanExporter
	metrics   sdkmetric.Exporter
	logs      *sanitizingLogExporter
	// sanitizingSpans is the exporter of package spanwire, which sanitizes spans while it
	// encodes them.
	sanitizingSpans sdktrace.SpanExporter
}

func newExporters(t testing.TB) *exporters {
	t.Helper()
	e := &exporters{transport: &recordingTransport{}}
	client := &http.Client{Transport: e.transport}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	traces := otlptracehttp.NewClient(otlptracehttp.WithHTTPClient(client), otlptracehttp.WithInsecure(),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	e.spans, err = otlptrace.New(t.Context(), traces)
	check(err)
	e.sanitizingSpans, err = spanwire.New(t.Context(), traces, nil)
	check(err)
	e.metrics, err = otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithHTTPClient(client), otlpmetrichttp.WithInsecure(),
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
	check(err)
	logs, err := otlploghttp.New(t.Context(), otlploghttp.WithHTTPClient(client), otlploghttp.WithInsecure(),
		otlploghttp.WithRetry(otlploghttp.RetryConfig{}))
	check(err)
	e.logs = &sanitizingLogExporter{Exporter: logs}
	return e
}

// export exports a span, metrics of every type and a log record, with the given strings
// wherever an application can set one. It returns the error of each export, and the bytes
// that were sent.
func (e *exporters) export(ctx context.Context, key, value string, sanitizing bool) (problems [3]error, sent []byte) {
	exporter, metrics := e.spans, hostileMetrics(key, value)
	if sanitizing {
		exporter = e.sanitizingSpans
		Metrics(metrics)
	}
	problems[0] = exporter.ExportSpans(ctx, []sdktrace.ReadOnlySpan{hostileSpan(key, value)})
	sent = append(sent, e.transport.body...)
	problems[1] = e.metrics.Export(ctx, metrics)
	sent = append(sent, e.transport.body...)

	e.logs.isSanitizing = sanitizing
	// A provider caches its loggers, so each call needs a new provider.
	var loggers log.LoggerProvider = sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(e.logs)), sdklog.WithResource(resource.Empty()))
	if sanitizing {
		loggers = LoggerProvider(loggers)
	}
	loggers.Logger(key, log.WithInstrumentationVersion(value), log.WithSchemaURL(value), log.WithInstrumentationAttributes(hostileAttributes(key, value)...)).
		Emit(ctx, hostileRecord(key, value))
	problems[2] = e.logs.err
	return problems, append(sent, e.transport.body...)
}

// TestProtobufRefusesHostileStrings proves that exports fail without sanitizing.
// FuzzSanitize relies on this: if a string is not sanitized, an export fails.
func TestProtobufRefusesHostileStrings(t *testing.T) {
	problems, _ := newExporters(t).export(t.Context(), "key", "caf\xe9 \xff\xfe", false)
	for i, err := range problems {
		if err == nil {
			t.Errorf("signal %d: exported as it is, want that protobuf refuses it", i)
		}
	}
}

// FuzzSanitize checks that exports succeed for strings of any content, and that valid
// strings are unchanged.
func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{"", "good", "größe\x00", "caf\xe9 \xff\xfe", "\xff", "\xc3", "\xed\xa0\x80", "a\xe2\x82", "\uFFFD", strings.Repeat("\xffa", 3000)} {
		f.Add("key", seed)
		f.Add(seed, "value")
		f.Add(seed, seed)
	}
	all := newExporters(f)
	f.Fuzz(func(t *testing.T, key, value string) {
		problems, sent := all.export(t.Context(), key, value, true)
		for i, err := range problems {
			if err != nil {
				t.Errorf("signal %d with %q, %q: %v", i, key, value, err)
			}
		}
		if utf8.ValidString(value) && !bytes.Contains(sent, []byte(value)) {
			t.Errorf("%q is UTF-8 and did not arrive", value)
		}

		wasValid := utf8.ValidString(key) && utf8.ValidString(value)
		sanitized, changed := Span(hostileSpan(key, value))
		if changed == wasValid {
			t.Errorf("%q, %q: got a span that was changed: %v, want %v", key, value, changed, !wasValid)
		}
		if _, changedAgain := Span(sanitized); changedAgain {
			t.Errorf("%q, %q: a sanitized span is changed again", key, value)
		}
		for _, attributes := range [][]attribute.KeyValue{sanitized.Attributes(), sanitized.Events()[1].Attributes, sanitized.Links()[1].Attributes} {
			if !slices.Equal(attributes, hostileAttributes(toValidUTF8(key), toValidUTF8(value))) {
				t.Errorf("%q, %q: got %v", key, value, attributes)
			}
		}
		if sanitized.Name() != toValidUTF8(value) || sanitized.Status().Description != toValidUTF8(value) || sanitized.InstrumentationScope().Name != toValidUTF8(key) {
			t.Errorf("%q, %q: got name %q, status %q, scope %q", key, value, sanitized.Name(), sanitized.Status().Description, sanitized.InstrumentationScope().Name)
		}
	})
}

// toValidUTF8 returns s with every run of invalid UTF-8 replaced, as the package should do
// it.
func toValidUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
