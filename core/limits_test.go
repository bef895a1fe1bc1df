package core

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/logtest"
)

// TestVariablesLimitCounts proves that environment variables limit how many attributes,
// events and links are recorded, and that an invalid variable is ignored with a warning.
func TestVariablesLimitCounts(t *testing.T) {
	type counts struct{ span, event, link, events, links, record int }
	defaults := counts{128, 128, 128, 128, 128, 128}
	const itemCount = 150
	defaultsWith := func(change func(*counts)) counts {
		c := defaults
		change(&c)
		return c
	}
	for _, test := range []struct {
		name, value string
		want        counts
		ignored     bool
	}{
		{"OTEL_ATTRIBUTE_COUNT_LIMIT", "3", defaultsWith(func(c *counts) { c.span, c.record = 3, 3 }), false},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT", "-5", defaults, true},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3", defaultsWith(func(c *counts) { c.span = 3 }), false},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1", defaultsWith(func(c *counts) { c.span = itemCount }), false},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-5", defaults, true},
		{"OTEL_SPAN_EVENT_COUNT_LIMIT", "4", defaultsWith(func(c *counts) { c.events = 4 }), false},
		{"OTEL_SPAN_EVENT_COUNT_LIMIT", "-5", defaults, true},
		{"OTEL_SPAN_LINK_COUNT_LIMIT", "4", defaultsWith(func(c *counts) { c.links = 4 }), false},
		{"OTEL_SPAN_LINK_COUNT_LIMIT", "-5", defaults, true},
		{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "0", defaultsWith(func(c *counts) { c.event = 0 }), false},
		{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "-5", defaults, true},
		{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "5", defaultsWith(func(c *counts) { c.link = 5 }), false},
		{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "-5", defaults, true},
		{"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "6", defaultsWith(func(c *counts) { c.record = 6 }), false},
		{"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "-5", defaults, true},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			r := newReceiver(t, nil)
			logger, printed := logtest.New()
			tel := setup(t, []string{test.name, test.value, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_METRICS_EXPORTER", "none"},
				WithLenientEnvironment(), WithLogger(logger))
			attributes := make([]attribute.KeyValue, itemCount)
			for i := range itemCount {
				attributes[i] = attribute.Int(strconv.Itoa(i), i)
			}
			_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "span")
			span.SetAttributes(attributes...)
			// The last event and the last link are kept under any limit. Only they have
			// attributes, since many are slow to decode.
			for range itemCount - 1 {
				span.AddEvent("event")
				span.AddLink(trace.Link{SpanContext: span.SpanContext()})
			}
			span.AddEvent("event", trace.WithAttributes(attributes...))
			span.AddLink(trace.Link{SpanContext: span.SpanContext(), Attributes: attributes})
			span.End()
			var record log.Record
			record.AddAttributes(attributes...)
			tel.LoggerProvider().Logger("test").Emit(t.Context(), record)
			if err := tel.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(r.spans) != 1 || len(r.records) != 1 {
				t.Fatalf("got %d spans and %d records, want one each", len(r.spans), len(r.records))
			}
			exported := r.spans[0]
			events, links := exported.Events, exported.Links
			got := counts{len(exported.Attributes), len(events[len(events)-1].Attributes), len(links[len(links)-1].Attributes), len(events), len(links), len(r.records[0].Attributes)}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if warned := strings.Contains(printed.String(), test.name); warned != test.ignored {
				t.Errorf("got log %s, want a warning: %t", printed, test.ignored)
			}
		})
	}
}

// TestVariablesLimitValueLengths proves that attribute values of spans and log records are
// truncated to the lengths that environment variables set.
func TestVariablesLimitValueLengths(t *testing.T) {
	for _, test := range []struct {
		variables    []string
		span, record int
	}{
		{nil, 100, 100},
		{[]string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10"}, 10, 10},
		{[]string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10", "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20"}, 10, 20},
		{[]string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-5"}, 10, 10},
		{[]string{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "30", "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "none"}, 30, 100},
	} {
		r := newReceiver(t, nil)
		tel := setup(t, append(test.variables, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+r.address, "OTEL_METRICS_EXPORTER", "none"), WithLenientEnvironment())
		value := strings.Repeat("v", 100)
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "span")
		span.SetAttributes(attribute.String("key", value))
		span.End()
		var record log.Record
		record.AddAttributes(attribute.String("key", value))
		tel.LoggerProvider().Logger("test").Emit(t.Context(), record)
		if err := tel.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		if len(r.spans) != 1 || len(r.records) != 1 {
			t.Fatalf("%v: got %d spans and %d records, want one each", test.variables, len(r.spans), len(r.records))
		}
		spanLength, recordLength := len(r.spans[0].Attributes[0].Value.GetStringValue()), len(r.records[0].Attributes[0].Value.GetStringValue())
		r.mu.Unlock()
		if spanLength != test.span || recordLength != test.record {
			t.Errorf("%v: got lengths %d and %d, want %d and %d", test.variables, spanLength, recordLength, test.span, test.record)
		}
	}
}
