package configfile

import (
	"context"
	"reflect"
	"testing"

	"go.opentelemetry.io/contrib/otelconf"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/trace"
)

// viewFromFile returns the view of a file with the given selector and stream.
func viewFromFile(t *testing.T, selector, stream string) sdkmetric.View {
	t.Helper()
	r := &fileReader{name: "otel.yaml"}
	r.parse([]byte("meter_provider: {views: [{selector: " + selector + ", stream: " + stream + "}]}"))
	r.addDefaults(r.root, modelType)
	var provider otelconf.MeterProvider
	if err := findNode(r.root, "meter_provider").Decode(&provider); err != nil {
		t.Fatal(err)
	}
	view := r.translateView(&provider.Views[0], 0)
	if view == nil {
		t.Fatalf("%s: %v", selector, r.errs)
	}
	return view
}

func TestViewSelectorMatchesInstrument(t *testing.T) {
	instrument := sdkmetric.Instrument{
		Name: "http.things", Unit: "By", Kind: sdkmetric.InstrumentKindGauge,
		Scope: instrumentation.Scope{Name: "m", Version: "1", SchemaURL: "u"},
	}
	for selector, want := range map[string]bool{
		"{}": true, "": true,
		"{instrument_name: http.things}": true, "{instrument_name: 'http.*'}": true, "{instrument_name: 'http.thing?'}": true, "{instrument_name: http}": false,
		"{unit: By}": true, "{unit: s}": false,
		"{instrument_type: gauge}": true, "{instrument_type: counter}": false, "{instrument_type: histogram}": false,
		"{instrument_type: up_down_counter}": false, "{instrument_type: observable_gauge}": false,
		"{instrument_type: observable_counter}": false, "{instrument_type: observable_up_down_counter}": false,
		"{meter_name: m}": true, "{meter_name: n}": false,
		"{meter_version: 1}": true, "{meter_version: 2}": false,
		"{meter_schema_url: u}": true, "{meter_schema_url: v}": false,
		"{meter_name: m, unit: By}": true, "{meter_name: m, unit: s}": false,
	} {
		if _, got := viewFromFile(t, selector, "{}")(instrument); got != want {
			t.Errorf("%s: matches %v, want %v", selector, got, want)
		}
	}
}

func TestViewStreamReplacesProperties(t *testing.T) {
	instrument := sdkmetric.Instrument{Name: "a", Description: "b", Unit: "c"}
	for text, want := range map[string]sdkmetric.Stream{
		"{name: d}":                       {Name: "d", Description: "b"},
		"{description: d}":                {Name: "a", Description: "d"},
		"{aggregation: {default: }}":      {Name: "a", Description: "b"},
		"{aggregation: {drop: }}":         {Name: "a", Description: "b", Aggregation: sdkmetric.AggregationDrop{}},
		"{aggregation: {sum: }}":          {Name: "a", Description: "b", Aggregation: sdkmetric.AggregationSum{}},
		"{aggregation: {last_value: {}}}": {Name: "a", Description: "b", Aggregation: sdkmetric.AggregationLastValue{}},
		"{aggregation: {explicit_bucket_histogram: }}": {Name: "a", Description: "b", Aggregation: sdkmetric.AggregationExplicitBucketHistogram{
			Boundaries: []float64{0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000}}},
		"{aggregation: {explicit_bucket_histogram: {boundaries: [], record_min_max: false}}}": {Name: "a", Description: "b",
			Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: []float64{}, NoMinMax: true}},
		"{aggregation: {explicit_bucket_histogram: {boundaries: [1, 2.5], record_min_max: true}}}": {Name: "a", Description: "b",
			Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: []float64{1, 2.5}}},
		"{aggregation: {base2_exponential_bucket_histogram: }}": {Name: "a", Description: "b",
			Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}},
		"{aggregation: {base2_exponential_bucket_histogram: {max_size: 7, max_scale: -3, record_min_max: false}}}": {Name: "a", Description: "b",
			Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 7, MaxScale: -3, NoMinMax: true}},
	} {
		got, ok := viewFromFile(t, "{instrument_name: a}", text)(instrument)
		want.Unit = "c"
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestAttributeFilterMatchesWildcards(t *testing.T) {
	for _, test := range []struct {
		included, excluded []string
		want               string
	}{
		{nil, nil, "server.address,server.port,http.route"},
		{[]string{"server.*"}, nil, "server.address,server.port"},
		{[]string{"server.*", "*route"}, []string{"server.p???"}, "server.address,http.route"},
		{nil, []string{"*"}, ""},
		{[]string{"serverXport", "server", "+"}, nil, ""},
	} {
		filter, got := attributeFilter(&otelconf.IncludeExclude{Included: test.included, Excluded: test.excluded}), ""
		for _, key := range []attribute.Key{"server.address", "server.port", "http.route"} {
			if filter(key.Bool(true)) {
				got += "," + string(key)
			}
		}
		if got != "" {
			got = got[1:]
		}
		if got != test.want {
			t.Errorf("%v without %v: got %s, want %s", test.included, test.excluded, got, test.want)
		}
	}
}

func TestFileSetsExemplarFilter(t *testing.T) {
	sampled := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled,
	}))
	for name, want := range map[string][2]bool{"always_on": {true, true}, "always_off": {false, false}, "trace_based": {false, true}, "": {false, true}} {
		var filter *otelconf.ExemplarFilter
		if name != "" {
			filter = new(otelconf.ExemplarFilter(name))
		}
		offers := new(fileReader).translateExemplarFilter(filter, "exemplar_filter")
		if got := [2]bool{offers(context.Background()), offers(sampled)}; got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
