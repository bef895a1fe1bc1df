package otlptest_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestSpanMethodsReturnExportedValues(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	began := time.Unix(1_700_000_000, 0).UTC()
	sent := newSpan("GET /process/:id", 1, 2)
	sent.ParentSpanId = append(make([]byte, 7), 9)
	sent.TraceState = "a=b"
	sent.Flags = 0x301
	sent.Kind = tracepb.Span_SPAN_KIND_SERVER
	sent.StartTimeUnixNano = uint64(began.UnixNano())
	sent.EndTimeUnixNano = uint64(began.Add(250 * time.Millisecond).UnixNano())
	sent.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "late"}
	sent.Attributes = []*commonpb.KeyValue{stringAttribute("http.route", "/process/:id")}
	sent.Events = []*tracepb.Span_Event{{Name: "exception", TimeUnixNano: sent.EndTimeUnixNano, Attributes: []*commonpb.KeyValue{stringAttribute("exception.type", "E")}}}
	sent.Links = []*tracepb.Span_Link{{TraceId: sent.TraceId, SpanId: sent.SpanId, TraceState: "c=d"}}
	if err := c.sendSpans(t.Context(), sent, newSpan("other", 3, 1)); err != nil {
		t.Fatal(err)
	}
	spans, err := server.WaitTrace(t.Context(), traceID(1), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := spans[0]
	for _, test := range []struct {
		what      string
		got, want any
	}{
		{"name", got.Name(), "GET /process/:id"},
		{"trace id", got.TraceID(), strings.Repeat("0", 30) + "01"},
		{"span id", got.SpanID(), "0000000000000002"},
		{"parent id", got.ParentID(), "0000000000000009"},
		{"remote parent", got.RemoteParent(), true},
		{"trace state", got.TraceState(), "a=b"},
		{"kind", got.Kind(), otlptest.KindServer},
		{"status", got.Status(), otlptest.StatusError},
		{"status message", got.StatusMessage(), "late"},
		{"start", got.Start(), began},
		{"duration", got.Duration(), 250 * time.Millisecond},
		{"attribute", got.Attr("http.route"), "/process/:id"},
		{"missing attribute", got.Attr("missing"), nil},
		{"service", got.Service(), "orders"},
		{"resource", got.Resource.String(), `{service.name="orders"}`},
		{"resource schema", got.ResourceSchemaURL, "https://example.com/resource"},
		{"scope", got.Scope, otlptest.Scope{
			Name: "example.com/scope", Version: "1.2.3", SchemaURL: "https://example.com/schema", Attributes: otlptest.Attributes{},
		}},
		{"events", got.Events(), []otlptest.Event{{
			Name: "exception", Time: began.Add(250 * time.Millisecond), Attributes: otlptest.Attributes{"exception.type": "E"},
		}}},
		{"links", got.Links(), []otlptest.Link{{
			TraceID: traceID(1), SpanID: "0000000000000002", TraceState: "c=d", Attributes: otlptest.Attributes{},
		}}},
		{"trace ids", server.Snapshot().TraceIDs(), []string{traceID(1), traceID(3)}},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", test.what, test.got, test.want)
		}
	}
	root := server.Snapshot().SpansNamed("other")[0]
	if root.ParentID() != "" || root.RemoteParent() || root.Kind() != otlptest.KindUnspecified || root.Status() != otlptest.StatusUnset || !root.Start().IsZero() {
		t.Errorf("got %v, want a root with nothing set", root.Proto)
	}
}

func TestEveryKindAndStatusIsConverted(t *testing.T) {
	for number, want := range []otlptest.Kind{
		otlptest.KindUnspecified, otlptest.KindInternal, otlptest.KindServer, otlptest.KindClient, otlptest.KindProducer, otlptest.KindConsumer,
	} {
		s := otlptest.Span{Proto: &tracepb.Span{Kind: tracepb.Span_SpanKind(number)}}
		if got := s.Kind(); got != want {
			t.Errorf("kind %d: got %q, want %q", number, got, want)
		}
	}
	for number, want := range []otlptest.Status{otlptest.StatusUnset, otlptest.StatusOK, otlptest.StatusError} {
		s := otlptest.Span{Proto: &tracepb.Span{Status: &tracepb.Status{Code: tracepb.Status_StatusCode(number)}}}
		if got := s.Status(); got != want {
			t.Errorf("status %d: got %q, want %q", number, got, want)
		}
	}
}

func TestAttributeValuesHaveGoTypes(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	boolean := &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}}
	double := &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: 1.5}}
	raw := &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: []byte{0xab}}}
	nested := &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: []*commonpb.KeyValue{stringAttribute("k", "v")}}}}
	sent := newSpan("a", 1, 1)
	want := otlptest.Attributes{}
	for key, test := range map[string]struct {
		value *commonpb.AnyValue
		want  any
	}{
		"string":   {stringValue("x"), "x"},
		"int":      {intValue(7), int64(7)},
		"bool":     {boolean, true},
		"double":   {double, 1.5},
		"bytes":    {raw, []byte{0xab}},
		"map":      {nested, otlptest.Attributes{"k": "v"}},
		"none":     {&commonpb.AnyValue{}, nil},
		"strings":  {arrayValue(stringValue("x"), stringValue("y")), []string{"x", "y"}},
		"ints":     {arrayValue(intValue(1), intValue(2)), []int64{1, 2}},
		"bools":    {arrayValue(boolean), []bool{true}},
		"doubles":  {arrayValue(double), []float64{1.5}},
		"mixed":    {arrayValue(stringValue("x"), intValue(1)), []any{"x", int64(1)}},
		"rawArray": {arrayValue(raw), []any{[]byte{0xab}}},
		"empty":    {arrayValue(), []any{}},
	} {
		sent.Attributes = append(sent.Attributes, keyValue(key, test.value))
		want[key] = test.want
	}
	if err := c.sendSpans(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	got := server.Spans()[0].Attributes
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v\nwant %#v", got, want)
	}
	if text := got.String(); !strings.HasPrefix(text, `{bool=true bools=[true] bytes=0xab double=1.5`) {
		t.Errorf("got %s, want it sorted", text)
	}
}

func TestPointsReturnsLatestUnlessDelta(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	for round := range 2 {
		for _, temporality := range []metricspb.AggregationTemporality{
			metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE,
			metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA,
		} {
			suffix := strings.ToLower(temporality.String()[len("AGGREGATION_TEMPORALITY_"):])
			c.sendMetric(t, &metricspb.Metric{Name: "sum." + suffix, Data: &metricspb.Metric_Sum{Sum: &metricspb.Sum{
				AggregationTemporality: temporality, IsMonotonic: true, DataPoints: numberPoints(round),
			}}})
			c.sendMetric(t, &metricspb.Metric{Name: "histogram." + suffix, Unit: "s", Description: "d", Data: &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{
				AggregationTemporality: temporality,
				DataPoints: []*metricspb.HistogramDataPoint{{
					Count: uint64(round), Sum: floatPointer(2.5), ExplicitBounds: []float64{1}, BucketCounts: []uint64{0, 1},
					Exemplars: []*metricspb.Exemplar{{TraceId: make([]byte, 16)}},
				}},
			}}})
			c.sendMetric(t, &metricspb.Metric{Name: "exponential." + suffix, Data: &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{
				AggregationTemporality: temporality,
				DataPoints:             []*metricspb.ExponentialHistogramDataPoint{{Count: uint64(round), Sum: floatPointer(2.5)}},
			}}})
		}
		c.sendMetric(t, &metricspb.Metric{Name: "gauge", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: numberPoints(round)}}})
		c.sendMetric(t, &metricspb.Metric{Name: "summary", Data: &metricspb.Metric_Summary{Summary: &metricspb.Summary{
			DataPoints: []*metricspb.SummaryDataPoint{{Count: uint64(round), Sum: 2.5}},
		}}})
		c.sendMetric(t, &metricspb.Metric{Name: "nothing"})
	}
	for _, test := range []struct{ metric, want string }{
		{"sum.cumulative", `{k="a"} v=1 c=0 s=0 m=true d=false|{k="b"} v=11.5 c=0 s=0 m=true d=false`},
		{"sum.delta", `{k="a"} v=0 c=0 s=0 m=true d=true|{k="b"} v=10.5 c=0 s=0 m=true d=true|{k="a"} v=1 c=0 s=0 m=true d=true|{k="b"} v=11.5 c=0 s=0 m=true d=true`},
		{"histogram.cumulative", `{} v=0 c=1 s=2.5 m=false d=false`},
		{"histogram.delta", `{} v=0 c=0 s=2.5 m=false d=true|{} v=0 c=1 s=2.5 m=false d=true`},
		{"exponential.cumulative", `{} v=0 c=1 s=2.5 m=false d=false`},
		{"gauge", `{k="a"} v=1 c=0 s=0 m=false d=false|{k="b"} v=11.5 c=0 s=0 m=false d=false`},
		{"summary", `{} v=0 c=1 s=2.5 m=false d=false`},
		{"nothing", ""},
		{"missing", ""},
	} {
		var lines []string
		for _, p := range server.Points(test.metric) {
			lines = append(lines, fmt.Sprintf("%v v=%v c=%d s=%v m=%v d=%v", p.Attributes, p.Value, p.Count, p.Sum, p.Monotonic, p.Delta))
		}
		if got := strings.Join(lines, "|"); got != test.want {
			t.Errorf("Points(%q):\ngot  %s\nwant %s", test.metric, got, test.want)
		}
	}
	point := server.Points("histogram.cumulative")[0]
	if !slices.Equal(point.Bounds, []float64{1}) || !slices.Equal(point.Buckets, []uint64{0, 1}) || len(point.Exemplars) != 1 || point.Service() != "orders" {
		t.Errorf("got %+v, want its bounds, buckets, exemplar and resource", point)
	}
	if metrics := server.Metrics(); len(metrics) != 18 || metrics[1].Unit() != "s" || metrics[1].Description() != "d" {
		t.Errorf("got %d metrics, want 18 with unit and description", len(metrics))
	}
}

func floatPointer(f float64) *float64 { return &f }

// numberPoints returns two points. Their values depend on round, the number of the export,
// so that a test can distinguish the points of two exports.
func numberPoints(round int) []*metricspb.NumberDataPoint {
	return []*metricspb.NumberDataPoint{
		{Attributes: []*commonpb.KeyValue{stringAttribute("k", "a")}, Value: &metricspb.NumberDataPoint_AsInt{AsInt: int64(round)}},
		{Attributes: []*commonpb.KeyValue{stringAttribute("k", "b")}, Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: float64(round) + 10.5}},
	}
}

func TestLogMethodsReturnExportedValues(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	at := time.Unix(1_700_000_000, 0).UTC()
	c.sendLog(t, &logspb.LogRecord{
		TimeUnixNano: uint64(at.UnixNano()), SeverityText: "INFO", SeverityNumber: 9, Body: stringValue("hello"),
		Attributes: []*commonpb.KeyValue{stringAttribute("k", "v")}, TraceId: newSpan("", 1, 1).TraceId, SpanId: newSpan("", 1, 1).SpanId,
	})
	c.sendLog(t, &logspb.LogRecord{ObservedTimeUnixNano: uint64(at.UnixNano())})
	logs := server.Logs()
	if len(logs) != 2 {
		t.Fatalf("got %d log records, want 2", len(logs))
	}
	severity, number := logs[0].Severity()
	if logs[0].Body() != "hello" || severity != "INFO" || number != 9 || logs[0].Attributes["k"] != "v" ||
		logs[0].TraceID() != traceID(1) || logs[0].SpanID() != "0000000000000001" || logs[0].Service() != "orders" || !logs[0].Time().Equal(at) {
		t.Errorf("got %+v, want what was sent", logs[0])
	}
	if logs[1].Body() != nil || logs[1].TraceID() != "" || !logs[1].Time().Equal(at) {
		t.Errorf("got %+v, want the observed time and nothing else", logs[1])
	}
}

func TestSnapshotStringListsTelemetry(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	for i := range 50 {
		if err := c.sendSpans(t.Context(), newSpan(fmt.Sprint("span-", i), 1, byte(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	c.sendMetric(t, &metricspb.Metric{Name: "requests"})
	c.sendLog(t, &logspb.LogRecord{Body: stringValue("hello")})
	got := server.Snapshot().String()
	for _, want := range []string{"52 requests with 50 spans, 1 metrics, 1 log records", `"span-0"`, `"span-39"`, "and 10 more", `"requests"`, `"hello"`} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant it to contain %q", got, want)
		}
	}
}
