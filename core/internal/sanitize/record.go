package sanitize

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// Records returns records, with replacements for those that contain invalid UTF-8. It
// does not sanitize the scopes of records; LoggerProvider has already done so.
func Records(records []sdklog.Record) []sdklog.Record {
	sanitized := records
	changed := false
	for i := range records {
		valid, dirty := sanitizeRecord(&records[i])
		if !dirty {
			continue
		}
		if !changed {
			sanitized, changed = slices.Clone(records), true
		}
		sanitized[i] = valid
	}
	return sanitized
}

// sanitizeRecord returns record with valid strings, and reports whether any was invalid.
func sanitizeRecord(record *sdklog.Record) (sdklog.Record, bool) {
	body, badBody := sanitizeValue(record.Body())
	severity, badSeverity := String(record.SeverityText())
	event, badEvent := String(record.EventName())
	badAttributes := false
	record.WalkAttributes(func(kv attribute.KeyValue) bool {
		_, badAttributes = sanitizeAttribute(kv)
		return !badAttributes
	})
	if !badBody && !badSeverity && !badEvent && !badAttributes {
		return *record, false
	}
	sanitized := record.Clone()
	sanitized.SetBody(body)
	sanitized.SetSeverityText(severity)
	sanitized.SetEventName(event)
	if badAttributes {
		attributes := make([]attribute.KeyValue, 0, record.AttributesLen())
		record.WalkAttributes(func(kv attribute.KeyValue) bool {
			valid, _ := sanitizeAttribute(kv)
			attributes = append(attributes, valid)
			return true
		})
		sanitized.SetAttributes(attributes...)
	}
	return sanitized, true
}
