package otlptest

import (
	"fmt"
	"strings"
)

// printLimit is the maximum number of entries of each signal that Snapshot.String lists.
const printLimit = 40

// String lists the received telemetry, for the message of a failing test. The format may
// change.
func (s Snapshot) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests with %d spans, %d metrics, %d log records", len(s.requests), len(s.spans), len(s.metrics), len(s.logs))
	for _, request := range s.requests {
		if request.Err != nil {
			fmt.Fprintf(&b, "\n  refused %s: %v", request.Signal, request.Err)
		}
	}
	printEntries(&b, s.spans, func(span Span) {
		parent := span.ParentID()
		if parent == "" {
			parent = "none"
		}
		fmt.Fprintf(&b, "span %q %s %s of %q, trace %s, id %s, parent %s, %v %v",
			span.Name(), span.Kind(), span.Status(), span.Service(), span.TraceID(), span.SpanID(), parent, span.Duration(), span.Attributes)
	})
	printEntries(&b, s.metrics, func(metric Metric) {
		fmt.Fprintf(&b, "metric %q of %q, %d points", metric.Name(), metric.Service(), len(metric.Points()))
	})
	printEntries(&b, s.logs, func(record LogRecord) {
		text, _ := record.Severity()
		fmt.Fprintf(&b, "log %s %s of %q, trace %s %v", text, formatValue(record.Body()), record.Service(), record.TraceID(), record.Attributes)
	})
	return b.String()
}

// printEntries prints at most printLimit entries of list, and how many more there are.
func printEntries[T any](b *strings.Builder, list []T, printOne func(T)) {
	for i, each := range list {
		b.WriteString("\n  ")
		if i == printLimit {
			fmt.Fprintf(b, "… and %d more", len(list)-i)
			return
		}
		printOne(each)
	}
}
