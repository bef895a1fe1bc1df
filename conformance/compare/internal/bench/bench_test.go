package bench

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// maxExtraAllocations limits the allocations that an instrumented request may make in addition
// to those of the bare framework, by mode and framework. The limits are the measured
// values. State the reason in the commit when you raise one.
var maxExtraAllocations = map[string]map[string]float64{
	"sampled":    {"Gin": 11, "Echo": 12, "Fiber": 11, "net/http": 11, "chi": 12, "Echo v5": 12, "Fiber v3": 11},
	"no metrics": {"Gin": 11, "Echo": 12, "Fiber": 11, "net/http": 11, "chi": 12, "Echo v5": 12, "Fiber v3": 11},
	"unsampled":  {"Gin": 5, "Echo": 6, "Fiber": 5, "net/http": 5, "chi": 6, "Echo v5": 6, "Fiber v3": 5},
	"excluded":   {"Gin": 2, "Echo": 3, "Fiber": 1, "net/http": 2, "chi": 2, "Echo v5": 2, "Fiber v3": 1},
	"no-op":      {"Gin": 2, "Echo": 3, "Fiber": 1, "net/http": 2, "chi": 2, "Echo v5": 3, "Fiber v3": 1},
	"child":      {"Gin": 19, "Echo": 20, "Fiber": 19, "net/http": 19, "chi": 20, "Echo v5": 20, "Fiber v3": 19},
	"parallel":   {"Gin": 11, "Echo": 12, "Fiber": 11, "net/http": 11, "chi": 12, "Echo v5": 12, "Fiber v3": 11},
}

// TestAllocationsStayWithinLimits checks that an adapter's allocations for a request do not
// exceed its limit in maxExtraAllocations, or the allocations of the SDK alone.
func TestAllocationsStayWithinLimits(t *testing.T) {
	if raceEnabled {
		t.Skip("pools are emptied at random under the race detector; the gate runs this test without it")
	}
	for i := range Modes {
		m := &Modes[i]
		allocationsOf := make(map[string]float64)
		for _, each := range targets {
			allocationsOf[each.framework+each.variant], _ = measureAllocations(each.build(newSetup(m, each.variant, m.newTelemetry(each.variant)))(), 1)
		}
		for _, f := range Frameworks {
			t.Run(m.Name+"/"+f, func(t *testing.T) {
				got := allocationsOf[f+Ours] - allocationsOf[f+Bare]
				if want := maxExtraAllocations[m.Name][f]; got > want {
					t.Errorf("got %v allocations over the bare framework, want no more than %v", got, want)
				}
				if floor := allocationsOf[Floor]; !m.excluded && got > floor {
					t.Errorf("got %v allocations over the bare framework, want no more than the SDK alone makes, %v", got, floor)
				}
			})
		}
	}
}

// TestAdaptersRecordTheSameTelemetryAsTheFloor checks that the variants [Ours] and [Direct]
// record the same telemetry as [Floor]. Otherwise their costs could not be compared.
func TestAdaptersRecordTheSameTelemetryAsTheFloor(t *testing.T) {
	m := &Modes[0]
	want := observeRequest(t, m, "", Floor)
	if len(want.spans) != 1 || len(want.points) != 1 {
		t.Fatalf("the floor left %v, want one span and one metric", want)
	}
	for _, each := range slices.Concat(targets, directTargets) {
		if each.variant != Ours && each.variant != Direct {
			continue
		}
		t.Run(each.framework+"/"+each.variant, func(t *testing.T) {
			got := observeRequest(t, m, each.framework, each.variant)
			if each.variant == Ours && (each.framework == "net/http" || each.framework == "chi") {
				// These adapters record routes with braces, but the floor with a colon.
				got.rewriteAll(func(s string) string { return strings.ReplaceAll(s, "{item_id}", ":item_id") })
			}
			if !slices.Equal(got.spans, want.spans) {
				t.Errorf("spans:\ngot  %v\nwant %v", got.spans, want.spans)
			}
			if !maps.Equal(got.points, want.points) {
				t.Errorf("metric points:\ngot  %v\nwant %v", got.points, want.points)
			}
		})
	}
}

// observedTelemetry describes the telemetry of a request as text, so that two
// instrumentations can be compared.
type observedTelemetry struct {
	spans  []string
	points map[string]string // by metric name
}

// rewriteAll replaces the text of each span and data point by the result of rewrite.
func (o *observedTelemetry) rewriteAll(rewrite func(string) string) {
	for i := range o.spans {
		o.spans[i] = rewrite(o.spans[i])
	}
	for name, point := range o.points {
		o.points[name] = rewrite(point)
	}
}

// observeRequest sends one request to a target and returns the recorded telemetry.
func observeRequest(t *testing.T, m *Mode, framework, variant string) observedTelemetry {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	telemetry := m.newTelemetry(variant, recorder)
	reader := sdkmetric.NewManualReader()
	telemetry.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	for _, each := range slices.Concat(targets, directTargets) {
		if each.framework == framework && each.variant == variant {
			each.build(newSetup(m, variant, telemetry))()(1)
		}
	}
	o := observedTelemetry{points: make(map[string]string)}
	for _, span := range recorder.Ended() {
		o.spans = append(o.spans, fmt.Sprint(span.Name(), span.SpanKind(), span.Status(), span.Parent().TraceID(), span.Parent().IsRemote(), formatAttributes(span.Attributes())))
	}
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	for _, scope := range collected.ScopeMetrics {
		for _, metric := range scope.Metrics {
			switch data := metric.Data.(type) {
			case metricdata.Histogram[float64]:
				o.points[metric.Name] = fmt.Sprint(metric.Unit, data.DataPoints[0].Count, len(data.DataPoints[0].Exemplars), formatAttributes(data.DataPoints[0].Attributes.ToSlice()))
			case metricdata.Histogram[int64]:
				o.points[metric.Name] = fmt.Sprint(metric.Unit, data.DataPoints[0].Count, data.DataPoints[0].Sum, formatAttributes(data.DataPoints[0].Attributes.ToSlice()))
			case metricdata.Sum[int64]:
				o.points[metric.Name] = fmt.Sprint(metric.Unit, data.DataPoints[0].Value, formatAttributes(data.DataPoints[0].Attributes.ToSlice()))
			}
		}
	}
	return o
}

// formatAttributes returns the attributes with their types, sorted.
func formatAttributes(attributes []attribute.KeyValue) []string {
	all := make([]string, len(attributes))
	for i, kv := range attributes {
		all[i] = fmt.Sprintf("%s=%s %v", kv.Key, kv.Value.String(), kv.Value.Type())
	}
	slices.Sort(all)
	return all
}

// TestMeasureScaleMeasuresEverySize checks that every size is measured and that the
// results appear in the table and in the Markdown.
func TestMeasureScaleMeasuresEverySize(t *testing.T) {
	var doneCalls int
	rows, err := MeasureScale(t.Context(), Frameworks[:1], Options{Rounds: 2, Turn: time.Microsecond}, func([]ScaleRow) { doneCalls++ })
	if err != nil || doneCalls != len(dimensions) || len(rows) != len(dimensions) {
		t.Fatalf("got %d rows, done was called %d times, error %v", len(rows), doneCalls, err)
	}
	for i, r := range rows {
		if len(r.Steps) != len(dimensions[i].sizes) || r.Steps[2].ToFloor == 0 || r.Steps[0].ToFirst != 1 || r.Steps[0].FloorToFirst != 1 {
			t.Errorf("got %+v, want every step", r)
		}
	}
	var text, markdown bytes.Buffer
	WriteScale(&text, rows)
	WriteMarkdown(&markdown, &Result{Machine: ThisMachine(), Scale: rows})
	if !strings.Contains(text.String(), "10000") || !strings.Contains(markdown.String(), "| Gin | routes | 10000 |") {
		t.Errorf("got\n%s\nand\n%s", &text, &markdown)
	}
}

// TestMeasureMeasuresEveryCost checks that every cost is measured, and that Measure
// returns an error if its context is canceled.
func TestMeasureMeasuresEveryCost(t *testing.T) {
	var doneCalls int
	rows, err := Measure(t.Context(), Modes[:1], Frameworks, Options{Rounds: 2, Turn: time.Microsecond}, func([]Row) { doneCalls++ })
	if err != nil || doneCalls != 1 || len(rows) != len(Frameworks) {
		t.Fatalf("got %d rows, done was called %d times, error %v", len(rows), doneCalls, err)
	}
	for _, r := range rows {
		if r.ToFloor == 0 || r.Ours.Nanoseconds <= 0 || r.Floor.Allocations == 0 {
			t.Errorf("got %+v, want every cost", r)
		}
		if want := serviceNames[r.Framework][1] != ""; (r.Upstream != nil) != want || (r.ToUpstream != 0) != want {
			t.Errorf("got %+v, want an upstream: %v", r, want)
		}
		for _, p := range r.Peers {
			if p.Cost.Nanoseconds <= 0 || p.FromOurs == 0 {
				t.Errorf("%s: got %+v, want every cost", r.Framework, p)
			}
		}
	}
	var text bytes.Buffer
	WriteRows(&text, rows)
	if strings.Count(text.String(), "\n") != len(rows)+2+len(peerTargets)+2 {
		t.Errorf("got\n%s\nwant a line for each framework and each peer", &text)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(cancelled, Modes[:1], Frameworks[:1], Options{Rounds: 1, Turn: 1}, nil); err == nil {
		t.Error("got no error after the context's end")
	}
}

// TestModesWithoutTelemetryAreComparedWithCopy checks that the variant [Copy] is measured
// in modes without telemetry, and in no other mode.
func TestModesWithoutTelemetryAreComparedWithCopy(t *testing.T) {
	rows, err := Measure(t.Context(), Modes[2:5], Frameworks, Options{Rounds: 1, Turn: time.Microsecond}, func([]Row) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		r := &rows[i]
		nothing := r.Mode == "excluded" || r.Mode == "no-op"
		if got := r.Copy != nil; got != nothing {
			t.Errorf("%s, %s: got a copy: %v, want %v", r.Mode, r.Framework, got, nothing)
		}
		if nothing && r.Copy.Allocations <= r.Bare.Allocations {
			t.Errorf("%s, %s: got %v allocations of the copy, want more than those of the bare framework, %v", r.Mode, r.Framework, r.Copy.Allocations, r.Bare.Allocations)
		}
	}
}
