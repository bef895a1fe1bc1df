package configfile

import (
	"fmt"
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// instrumentKinds maps the schema's names of instruments to kinds.
var instrumentKinds = map[otelconf.InstrumentType]sdkmetric.InstrumentKind{
	otelconf.InstrumentTypeCounter:                 sdkmetric.InstrumentKindCounter,
	otelconf.InstrumentTypeGauge:                   sdkmetric.InstrumentKindGauge,
	otelconf.InstrumentTypeHistogram:               sdkmetric.InstrumentKindHistogram,
	otelconf.InstrumentTypeObservableCounter:       sdkmetric.InstrumentKindObservableCounter,
	otelconf.InstrumentTypeObservableGauge:         sdkmetric.InstrumentKindObservableGauge,
	otelconf.InstrumentTypeObservableUpDownCounter: sdkmetric.InstrumentKindObservableUpDownCounter,
	otelconf.InstrumentTypeUpDownCounter:           sdkmetric.InstrumentKindUpDownCounter,
}

// translateView converts a view to the SDK's. If the view is invalid, it records an error
// and returns nil. The SDK would only log the error and ignore the view.
func (r *fileReader) translateView(v *otelconf.View, i int) sdkmetric.View {
	path := appendIndex("meter_provider.views", i)
	problemsBefore := len(r.errs)
	for _, key := range []string{"selector", "stream"} {
		if node := findNode(r.root, "meter_provider", "views").Content[i]; findNode(node, key) == nil {
			r.reject(joinPath(path, key), "", "missing", "a mapping, such as {}")
		}
	}
	criteria := sdkmetric.Instrument{
		Name: orEmpty(v.Selector.InstrumentName),
		Unit: orEmpty(v.Selector.Unit),
		Scope: instrumentation.Scope{
			Name:      orEmpty(v.Selector.MeterName),
			Version:   orEmpty(v.Selector.MeterVersion),
			SchemaURL: orEmpty(v.Selector.MeterSchemaUrl),
		},
	}
	if v.Selector.InstrumentType != nil {
		criteria.Kind = instrumentKinds[*v.Selector.InstrumentType] // otelconf has rejected all other values
	}
	if criteria.IsEmpty() {
		criteria.Name = "*" // in the schema, no criteria means every instrument
	}
	stream := sdkmetric.Stream{
		Name:        orEmpty(v.Stream.Name),
		Description: orEmpty(v.Stream.Description),
		Aggregation: r.translateAggregation(v.Stream.Aggregation, path+".stream.aggregation"),
	}
	if stream.Name != "" && (criteria.Name == "" || strings.ContainsAny(criteria.Name, "*?")) {
		r.reject(path+".stream.name", stream.Name, "the selector may match several instruments, which cannot have the same name", "an instrument_name without wildcards, or no name")
	}
	if limit := v.Stream.AggregationCardinalityLimit; limit != nil {
		r.reject(path+".stream.aggregation_cardinality_limit", strconv.Itoa(*limit), "not supported by the OpenTelemetry SDK", "a limit in the reader's cardinality_limits")
	}
	if keys := v.Stream.AttributeKeys; keys != nil {
		stream.AttributeFilter = attributeFilter(keys)
	}
	if len(r.errs) > problemsBefore {
		return nil
	}
	return sdkmetric.NewView(criteria, stream)
}

// These are the schema's defaults for exponential histograms, and the lowest maximum
// scale that the SDK accepts.
const (
	defaultMaxSize  = 160
	defaultMaxScale = 20
	lowestMaxScale  = -10
)

// translateAggregation converts an aggregation to the SDK's. nil means the default
// aggregation.
func (r *fileReader) translateAggregation(a *otelconf.Aggregation, path string) sdkmetric.Aggregation {
	if a == nil {
		return nil
	}
	kinds := 0
	for _, isSet := range []bool{
		a.Default != nil, a.Drop != nil, a.LastValue != nil, a.Sum != nil,
		a.ExplicitBucketHistogram != nil, a.Base2ExponentialBucketHistogram != nil,
	} {
		if isSet {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		r.reject(path, "", "no aggregation or several",
			"exactly one of base2_exponential_bucket_histogram, default, drop, explicit_bucket_histogram, last_value, sum")
	case a.Drop != nil:
		return sdkmetric.AggregationDrop{}
	case a.LastValue != nil:
		return sdkmetric.AggregationLastValue{}
	case a.Sum != nil:
		return sdkmetric.AggregationSum{}
	case a.ExplicitBucketHistogram != nil:
		return r.translateExplicitHistogram(a.ExplicitBucketHistogram, path+".explicit_bucket_histogram")
	case a.Base2ExponentialBucketHistogram != nil:
		return r.translateExponentialHistogram(a.Base2ExponentialBucketHistogram, path+".base2_exponential_bucket_histogram")
	}
	return nil
}

// translateExplicitHistogram converts a histogram with explicit buckets to the SDK's.
func (r *fileReader) translateExplicitHistogram(h *otelconf.ExplicitBucketHistogramAggregation, path string) sdkmetric.Aggregation {
	boundaries := h.Boundaries
	if boundaries == nil {
		boundaries = []float64{0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000}
	}
	for i := 1; i < len(boundaries); i++ {
		if !(boundaries[i] > boundaries[i-1]) {
			r.reject(appendIndex(path+".boundaries", i), fmt.Sprint(boundaries[i]), "not greater than the previous boundary", "boundaries in ascending order")
		}
	}
	return sdkmetric.AggregationExplicitBucketHistogram{Boundaries: boundaries, NoMinMax: h.RecordMinMax != nil && !*h.RecordMinMax}
}

// translateExponentialHistogram converts an exponential histogram to the SDK's.
func (r *fileReader) translateExponentialHistogram(h *otelconf.Base2ExponentialBucketHistogramAggregation, path string) sdkmetric.Aggregation {
	size, scale := defaultMaxSize, defaultMaxScale
	setIfGiven(&size, h.MaxSize)
	setIfGiven(&scale, h.MaxScale)
	if size < 1 || size > 1<<16 {
		r.reject(path+".max_size", strconv.Itoa(size), "out of range", "a number of buckets from 1 to 65536")
	}
	if scale < lowestMaxScale || scale > defaultMaxScale {
		r.reject(path+".max_scale", strconv.Itoa(scale), "out of range", "a whole number from -10 to 20")
	}
	return sdkmetric.AggregationBase2ExponentialHistogram{
		MaxSize: int32(size), MaxScale: int32(scale), NoMinMax: h.RecordMinMax != nil && !*h.RecordMinMax,
	}
}

// orEmpty returns the string that s points to, or "" if s is nil.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
