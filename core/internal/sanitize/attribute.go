package sanitize

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// String returns s with every run of invalid UTF-8 replaced by U+FFFD, and reports
// whether there was any.
func String(s string) (string, bool) {
	if utf8.ValidString(s) {
		return s, false
	}
	return strings.ToValidUTF8(s, "\uFFFD"), true
}

// Attributes returns attributes with valid strings, and reports whether any was invalid.
// It does not modify the given slice.
func Attributes(attributes []attribute.KeyValue) ([]attribute.KeyValue, bool) {
	sanitized := attributes
	changed := false
	for i, kv := range attributes {
		valid, dirty := sanitizeAttribute(kv)
		if !dirty {
			continue
		}
		if !changed {
			sanitized, changed = slices.Clone(attributes), true
		}
		sanitized[i] = valid
	}
	return sanitized, changed
}

// sanitizeAttribute returns kv with valid strings, and reports whether it differs from kv.
func sanitizeAttribute(kv attribute.KeyValue) (sanitized attribute.KeyValue, changed bool) {
	key, badKey := String(string(kv.Key))
	value, badValue := sanitizeValue(kv.Value)
	if !badKey && !badValue {
		return kv, false
	}
	return attribute.KeyValue{Key: attribute.Key(key), Value: value}, true
}

// sanitizeValue returns value with valid strings, and reports whether it differs from
// value.
func sanitizeValue(value attribute.Value) (sanitized attribute.Value, changed bool) {
	switch value.Type() {
	case attribute.STRING:
		if s, changed := String(value.AsString()); changed {
			return attribute.StringValue(s), true
		}
	case attribute.STRINGSLICE:
		list := value.AsStringSlice()
		changed := false
		for i, element := range list {
			valid, dirty := String(element)
			if dirty {
				list[i], changed = valid, true
			}
		}
		if changed {
			return attribute.StringSliceValue(list), true
		}
	case attribute.SLICE:
		list := value.AsSlice()
		changed := false
		for i, element := range list {
			valid, dirty := sanitizeValue(element)
			if dirty {
				list[i], changed = valid, true
			}
		}
		if changed {
			return attribute.SliceValue(list...), true
		}
	case attribute.MAP:
		if fields, changed := Attributes(value.AsMap()); changed {
			return attribute.MapValue(fields...), true
		}
	}
	return value, false
}
