package sanitize

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// Records returns records, with replacements for those that contain invalid
// UTF-8. LoggerProvider sanitizes their scopes.
func Records(records []sdklog.Record) []sdklog.Record {
	clean := records
	changed := false
	for i := range records {
		fixed, dirty := sanitizeRecord(&records[i])
		if !dirty {
			continue
		}
		if !changed {
			clean, changed = slices.Clone(records), true
		}
		clean[i] = fixed
	}
	return clean
}

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
	clean := record.Clone()
	clean.SetBody(body)
	clean.SetSeverityText(severity)
	clean.SetEventName(event)
	if badAttributes {
		attributes := make([]attribute.KeyValue, 0, record.AttributesLen())
		record.WalkAttributes(func(kv attribute.KeyValue) bool {
			fixed, _ := sanitizeAttribute(kv)
			attributes = append(attributes, fixed)
			return true
		})
		clean.SetAttributes(attributes...)
	}
	return clean, true
}
