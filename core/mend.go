package core

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// Protobuf refuses a message with a string that is not UTF-8, and with it the
// whole batch. What follows replaces the bytes that are not, and leaves alone,
// without an allocation, what has none. (Only a slice is copied to be looked
// at: the API gives no other view of it.)

// mendString returns s with every run of bytes that are not UTF-8 replaced by
// U+FFFD, and whether there were any.
func mendString(s string) (string, bool) {
	if utf8.ValidString(s) {
		return s, false
	}
	return strings.ToValidUTF8(s, "\uFFFD"), true
}

// mendAttributes returns attributes with every string mended, and whether any
// had to be. The slice given is not modified.
func mendAttributes(attributes []attribute.KeyValue) ([]attribute.KeyValue, bool) {
	mended := attributes
	changed := false
	for i, kv := range attributes {
		fixed, dirty := mendAttribute(kv)
		if !dirty {
			continue
		}
		if !changed {
			mended, changed = slices.Clone(attributes), true
		}
		mended[i] = fixed
	}
	return mended, changed
}

func mendAttribute(kv attribute.KeyValue) (attribute.KeyValue, bool) {
	key, badKey := mendString(string(kv.Key))
	value, badValue := mendValue(kv.Value)
	if !badKey && !badValue {
		return kv, false
	}
	return attribute.KeyValue{Key: attribute.Key(key), Value: value}, true
}

func mendValue(value attribute.Value) (attribute.Value, bool) {
	switch value.Type() {
	case attribute.STRING:
		if s, changed := mendString(value.AsString()); changed {
			return attribute.StringValue(s), true
		}
	case attribute.STRINGSLICE:
		list := value.AsStringSlice()
		changed := false
		for i, element := range list {
			fixed, dirty := mendString(element)
			if dirty {
				list[i], changed = fixed, true
			}
		}
		if changed {
			return attribute.StringSliceValue(list), true
		}
	case attribute.SLICE:
		list := value.AsSlice()
		changed := false
		for i, element := range list {
			fixed, dirty := mendValue(element)
			if dirty {
				list[i], changed = fixed, true
			}
		}
		if changed {
			return attribute.SliceValue(list...), true
		}
	case attribute.MAP:
		if fields, changed := mendAttributes(value.AsMap()); changed {
			return attribute.MapValue(fields...), true
		}
	}
	return value, false
}
