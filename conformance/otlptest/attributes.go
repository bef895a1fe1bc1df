package otlptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// Attributes maps the keys of attributes to Go values: string, bool, int64, float64,
// []byte, nil, or Attributes for a map. An array is a []string, []bool, []int64 or
// []float64 if it is not empty and all its elements have the same type. Other arrays are a
// []any. If a key occurs twice, which OTLP forbids, the last value is kept.
type Attributes map[string]any

// String returns the attributes sorted by key, as "{a=1 b=\"two\"}". Equal attributes
// have equal texts.
func (a Attributes) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(a)) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(key + "=" + formatValue(a[key]))
	}
	b.WriteByte('}')
	return b.String()
}

// formatValue formats a value of [Attributes] for String.
func formatValue(value any) string {
	switch v := value.(type) {
	case string, []string:
		return fmt.Sprintf("%q", v)
	case []byte:
		return fmt.Sprintf("0x%x", v)
	default:
		return fmt.Sprint(v)
	}
}

// newAttributes converts OTLP attributes.
func newAttributes(list []*commonpb.KeyValue) Attributes {
	attributes := make(Attributes, len(list))
	for _, each := range list {
		attributes[each.GetKey()] = decodeValue(each.GetValue())
	}
	return attributes
}

// decodeValue converts an OTLP value to a Go value as described for [Attributes].
func decodeValue(value *commonpb.AnyValue) any {
	switch v := value.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_DoubleValue:
		return v.DoubleValue
	case *commonpb.AnyValue_BytesValue:
		return v.BytesValue
	case *commonpb.AnyValue_ArrayValue:
		return decodeArray(v.ArrayValue.GetValues())
	case *commonpb.AnyValue_KvlistValue:
		return newAttributes(v.KvlistValue.GetValues())
	default:
		return nil
	}
}

// decodeArray converts an OTLP array to a slice as described for [Attributes].
func decodeArray(values []*commonpb.AnyValue) any {
	elements := make([]any, len(values))
	for i, value := range values {
		elements[i] = decodeValue(value)
	}
	return typedSlice(elements)
}

// typedSlice returns the elements as a slice of their type if all have the same type, and
// otherwise elements itself.
func typedSlice(elements []any) any {
	if len(elements) == 0 {
		return elements
	}
	switch elements[0].(type) {
	case string:
		return sliceOf[string](elements)
	case bool:
		return sliceOf[bool](elements)
	case int64:
		return sliceOf[int64](elements)
	case float64:
		return sliceOf[float64](elements)
	default:
		return elements
	}
}

// sliceOf returns the elements as a []T if all of them have the type T, and otherwise
// elements itself.
func sliceOf[T any](elements []any) any {
	array := make([]T, len(elements))
	for i, element := range elements {
		value, ok := element.(T)
		if !ok {
			return elements
		}
		array[i] = value
	}
	return array
}
