package configfile

import (
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// translateMetrics converts the settings for metrics. A nil provider turns off the export.
func (r *fileReader) translateMetrics(provider *otelconf.MeterProvider) {
	const path = "meter_provider"
	if provider == nil {
		r.turnOffExport("METRICS", path)
		return
	}
	setVariableForMessages(r, "OTEL_METRICS_EXEMPLAR_FILTER", path+".exemplar_filter", provider.ExemplarFilter)
	r.file.MeterOptions = append(r.file.MeterOptions, sdkmetric.WithExemplarFilter(r.translateExemplarFilter(provider.ExemplarFilter, path+".exemplar_filter")))
	for i := range provider.Views {
		if view := r.translateView(&provider.Views[i], i); view != nil {
			r.file.MeterOptions = append(r.file.MeterOptions, sdkmetric.WithView(view))
		}
	}

	readersPath := path + ".readers"
	if !r.checkSingleElement(len(provider.Readers), readersPath, "reader", path) {
		return
	}
	metricReader, readerPath := provider.Readers[0], readersPath+"[0]"
	if metricReader.Pull != nil {
		r.reject(readerPath+".pull", "", "not supported", "periodic")
		return
	}
	if metricReader.Periodic == nil {
		r.reject(readerPath, "", "no reader", "periodic")
		return
	}
	periodic, periodicPath := metricReader.Periodic, readerPath+".periodic"
	r.setExporter("METRICS", periodicPath+".exporter", metricExporterSettings(periodic.Exporter))
	r.setNumber("OTEL_METRIC_EXPORT_INTERVAL", periodicPath+".interval", periodic.Interval)
	r.setNumber("OTEL_METRIC_EXPORT_TIMEOUT", periodicPath+".timeout", periodic.Timeout)
	if len(periodic.Producers) > 0 {
		r.reject(periodicPath+".producers", "", "not supported", "the key removed")
	}
	r.readMaxExportBatchSize(periodicPath)
	if periodic.CardinalityLimits != nil {
		r.file.ReaderOptions = append(r.file.ReaderOptions,
			sdkmetric.WithCardinalityLimitSelector(cardinalityLimitSelector(periodic.CardinalityLimits)))
	}
	r.setTemporalityAndHistograms(periodic.Exporter, periodicPath+".exporter")
}

// maxExportBatchSizeKey is a key that otelconf's types lack.
const maxExportBatchSizeKey = "max_export_batch_size/development"

// readMaxExportBatchSize reads the maximum number of data points of one export.
func (r *fileReader) readMaxExportBatchSize(path string) {
	readers := findNode(r.root, "meter_provider", "readers")
	node := findNode(readers.Content[0], "periodic", maxExportBatchSizeKey)
	if node == nil || isNull(node) {
		return
	}
	var size int
	if err := node.Decode(&size); err != nil || size < 1 {
		r.reject(joinPath(path, maxExportBatchSizeKey), scalarText(node), "out of range", "a value > 0, or remove the key")
		return
	}
	r.file.ReaderOptions = append(r.file.ReaderOptions, sdkmetric.WithMaxExportBatchSize(size))
}

// translateExemplarFilter converts an exemplar filter to the SDK's. nil means the default of
// the schema.
func (r *fileReader) translateExemplarFilter(filter *otelconf.ExemplarFilter, path string) exemplar.Filter {
	if filter == nil {
		return exemplar.TraceBasedFilter
	}
	switch *filter {
	case otelconf.ExemplarFilterAlwaysOn:
		return exemplar.AlwaysOnFilter
	case otelconf.ExemplarFilterAlwaysOff:
		return exemplar.AlwaysOffFilter
	case otelconf.ExemplarFilterTraceBased:
	default:
		r.reject(path, string(*filter), "unknown", "one of always_off, always_on, trace_based")
	}
	return exemplar.TraceBasedFilter
}

// setVariableForMessages stores a setting of metrics only for use in messages. The setting
// itself is applied by options of the SDK. A nil value is not stored.
func setVariableForMessages[T ~string](r *fileReader, variable, path string, value *T) {
	if value != nil {
		r.setVariable(variable, path, strings.ReplaceAll(string(*value), "low_memory", "lowmemory"))
	}
}

// setTemporalityAndHistograms sets temporality and histograms explicitly, with the
// schema's defaults, so that the exporter does not read them from the environment.
func (r *fileReader) setTemporalityAndHistograms(e otelconf.PushMetricExporter, path string) {
	var preference *otelconf.ExporterTemporalityPreference
	var histogram *otelconf.ExporterDefaultHistogramAggregation
	switch {
	case e.OTLPGrpc != nil:
		path += ".otlp_grpc"
		preference, histogram = e.OTLPGrpc.TemporalityPreference, e.OTLPGrpc.DefaultHistogramAggregation
	case e.OTLPHttp != nil:
		path += ".otlp_http"
		preference, histogram = e.OTLPHttp.TemporalityPreference, e.OTLPHttp.DefaultHistogramAggregation
	case e.Console != nil:
		path += ".console"
		preference, histogram = e.Console.TemporalityPreference, e.Console.DefaultHistogramAggregation
	}

	setVariableForMessages(r, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", path+".temporality_preference", preference)
	setVariableForMessages(r, "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", path+".default_histogram_aggregation", histogram)

	var deltas []sdkmetric.InstrumentKind
	if preference != nil {
		switch *preference {
		case otelconf.ExporterTemporalityPreferenceCumulative:
		case otelconf.ExporterTemporalityPreferenceDelta:
			deltas = []sdkmetric.InstrumentKind{sdkmetric.InstrumentKindCounter, sdkmetric.InstrumentKindHistogram, sdkmetric.InstrumentKindObservableCounter}
		case otelconf.ExporterTemporalityPreferenceLowMemory:
			deltas = []sdkmetric.InstrumentKind{sdkmetric.InstrumentKindCounter, sdkmetric.InstrumentKindHistogram}
		default:
			r.reject(path+".temporality_preference", string(*preference), "unknown", "one of cumulative, delta, low_memory")
		}
	}
	r.file.Temporality = func(kind sdkmetric.InstrumentKind) metricdata.Temporality {
		for _, delta := range deltas {
			if kind == delta {
				return metricdata.DeltaTemporality
			}
		}
		return metricdata.CumulativeTemporality
	}

	// otelconf has rejected unknown values, so any other value means explicit buckets.
	exponential := histogram != nil && *histogram == otelconf.ExporterDefaultHistogramAggregationBase2ExponentialBucketHistogram
	r.file.Aggregation = func(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
		if exponential && kind == sdkmetric.InstrumentKindHistogram {
			return sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: defaultMaxSize, MaxScale: defaultMaxScale}
		}
		return sdkmetric.DefaultAggregationSelector(kind)
	}
}

// defaultCardinalityLimit is the default cardinality limit of the schema and the SDK.
const defaultCardinalityLimit = 2000

// cardinalityLimitSelector returns a function that returns the cardinality limit for a kind of
// instrument.
func cardinalityLimitSelector(l *otelconf.CardinalityLimits) sdkmetric.CardinalityLimitSelector {
	defaultLimit := defaultCardinalityLimit
	setIfGiven(&defaultLimit, l.Default)
	byKind := make(map[sdkmetric.InstrumentKind]int)
	for kind, limit := range map[sdkmetric.InstrumentKind]*int{
		sdkmetric.InstrumentKindCounter:                 l.Counter,
		sdkmetric.InstrumentKindGauge:                   l.Gauge,
		sdkmetric.InstrumentKindHistogram:               l.Histogram,
		sdkmetric.InstrumentKindObservableCounter:       l.ObservableCounter,
		sdkmetric.InstrumentKindObservableGauge:         l.ObservableGauge,
		sdkmetric.InstrumentKindObservableUpDownCounter: l.ObservableUpDownCounter,
		sdkmetric.InstrumentKindUpDownCounter:           l.UpDownCounter,
	} {
		if limit != nil {
			byKind[kind] = *limit
		}
	}
	return func(kind sdkmetric.InstrumentKind) (int, bool) {
		if limit, ok := byKind[kind]; ok {
			return limit, false
		}
		return defaultLimit, false
	}
}
