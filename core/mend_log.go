package core

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// mendRecords returns records with those replaced that hold a string which is
// not UTF-8. Their scopes are mended where loggers are made.
func mendRecords(records []sdklog.Record) []sdklog.Record {
	mended := records
	changed := false
	for i := range records {
		fixed, dirty := mendRecord(&records[i])
		if !dirty {
			continue
		}
		if !changed {
			mended, changed = slices.Clone(records), true
		}
		mended[i] = fixed
	}
	return mended
}

func mendRecord(record *sdklog.Record) (sdklog.Record, bool) {
	body, badBody := mendValue(record.Body())
	severity, badSeverity := mendString(record.SeverityText())
	event, badEvent := mendString(record.EventName())
	badAttributes := false
	record.WalkAttributes(func(kv attribute.KeyValue) bool {
		_, badAttributes = mendAttribute(kv)
		return !badAttributes
	})
	if !badBody && !badSeverity && !badEvent && !badAttributes {
		return *record, false
	}
	mended := record.Clone()
	mended.SetBody(body)
	mended.SetSeverityText(severity)
	mended.SetEventName(event)
	if badAttributes {
		attributes := make([]attribute.KeyValue, 0, record.AttributesLen())
		record.WalkAttributes(func(kv attribute.KeyValue) bool {
			fixed, _ := mendAttribute(kv)
			attributes = append(attributes, fixed)
			return true
		})
		mended.SetAttributes(attributes...)
	}
	return mended, true
}
