package httpserver

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// copyStrings copies the strings of attributes that a hook returned, since they may point
// to a buffer that the framework reuses for the next request.
func copyStrings(attributes []attribute.KeyValue) {
	for i := range attributes {
		attributes[i].Value = copyValue(attributes[i].Value)
	}
}

func copyValue(value attribute.Value) attribute.Value {
	switch value.Type() {
	case attribute.STRING:
		return attribute.StringValue(strings.Clone(value.AsString()))
	case attribute.STRINGSLICE:
		// AsStringSlice already returns a copy of the slice.
		values := value.AsStringSlice()
		for i := range values {
			values[i] = strings.Clone(values[i])
		}
		return attribute.StringSliceValue(values)
	case attribute.SLICE:
		values := value.AsSlice()
		for i := range values {
			values[i] = copyValue(values[i])
		}
		return attribute.SliceValue(values...)
	case attribute.MAP:
		values := value.AsMap()
		copyStrings(values)
		return attribute.MapValue(values...)
	default:
		return value
	}
}
