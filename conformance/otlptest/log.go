package otlptest

import (
	"encoding/hex"
	"time"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
)

// LogRecord is one log record.
type LogRecord struct {
	Origin
	// Proto is the OTLP message, for fields without a method here. It must not be
	// modified.
	Proto *logspb.LogRecord
	// Attributes are the record's attributes.
	Attributes Attributes
}

// Body returns the record's body as a Go value, as described for [Attributes].
func (l LogRecord) Body() any { return decodeValue(l.Proto.GetBody()) }

// Severity returns the severity text, such as "INFO", and the severity number from 1 to
// 24, or 0 if there is none.
func (l LogRecord) Severity() (text string, number int) {
	return l.Proto.GetSeverityText(), int(l.Proto.GetSeverityNumber())
}

// Time returns the time when the event occurred or, if that is unknown, was observed.
func (l LogRecord) Time() time.Time {
	if ns := l.Proto.GetTimeUnixNano(); ns != 0 {
		return timeFromUnixNano(ns)
	}
	return timeFromUnixNano(l.Proto.GetObservedTimeUnixNano())
}

// TraceID returns the trace id in lower-case hexadecimal, "" outside a trace.
func (l LogRecord) TraceID() string { return hex.EncodeToString(l.Proto.GetTraceId()) }

// SpanID returns the span id in lower-case hexadecimal, "" outside a trace.
func (l LogRecord) SpanID() string { return hex.EncodeToString(l.Proto.GetSpanId()) }

// flattenLogs returns the log records of an export, each with its resource and scope.
func flattenLogs(request *collectorlogs.ExportLogsServiceRequest) []LogRecord {
	var records []LogRecord
	for _, resource := range request.GetResourceLogs() {
		for _, scope := range resource.GetScopeLogs() {
			origin := newOrigin(resource.GetResource(), resource.GetSchemaUrl(), scope.GetScope(), scope.GetSchemaUrl())
			for _, record := range scope.GetLogRecords() {
				records = append(records, LogRecord{Origin: origin, Proto: record, Attributes: newAttributes(record.GetAttributes())})
			}
		}
	}
	return records
}
