package spanwire

import (
	"math"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

// These are field numbers of opentelemetry.proto.common.v1.
const (
	keyValueKey   = 1
	keyValueValue = 2

	anyString = 1
	anyBool   = 2
	anyInt    = 3
	anyDouble = 4
	anyArray  = 5
	anyMap    = 6
	anyBytes  = 7

	// listValues is the field number of ArrayValue.values and KeyValueList.values.
	listValues = 1
)

// attributes writes a repeated KeyValue field.
func (m *message) attributes(field protowire.Number, attributes []attribute.KeyValue) {
	for i := range attributes {
		m.attribute(field, &attributes[i])
	}
}

// set writes the attributes of a set.
func (m *message) set(field protowire.Number, all attribute.Iterator) {
	for all.Next() {
		kv := all.Attribute()
		m.attribute(field, &kv)
	}
}

func (m *message) attribute(field protowire.Number, kv *attribute.KeyValue) {
	start := m.beginNested(field)
	m.text(keyValueKey, string(kv.Key))
	m.value(keyValueValue, kv.Value)
	m.endNested(start)
}

// value writes an AnyValue, even if it is empty or has a zero value.
func (m *message) value(field protowire.Number, v attribute.Value) {
	m.valueOf(v.Type(), field, v)
}

func (m *message) valueOf(kind attribute.Type, field protowire.Number, v attribute.Value) {
	start := m.beginNested(field)
	switch kind {
	case attribute.STRING:
		m.textAlways(anyString, v.AsString())
	case attribute.INT64:
		m.varintAlways(anyInt, uint64(v.AsInt64())) //nolint:gosec // two's complement is how protobuf writes an int64
	case attribute.BOOL:
		m.boolean(v.AsBool())
	case attribute.FLOAT64:
		m.fixed64Always(anyDouble, math.Float64bits(v.AsFloat64()))
	case attribute.BYTESLICE:
		m.bytes(anyBytes, v.AsByteSlice())
	case attribute.STRINGSLICE:
		writeList(m, v.AsStringSlice(), attribute.StringValue)
	case attribute.INT64SLICE:
		writeList(m, v.AsInt64Slice(), attribute.Int64Value)
	case attribute.BOOLSLICE:
		writeList(m, v.AsBoolSlice(), attribute.BoolValue)
	case attribute.FLOAT64SLICE:
		writeList(m, v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.SLICE:
		writeList(m, v.AsSlice(), func(v attribute.Value) attribute.Value { return v })
	case attribute.MAP:
		fields := m.beginNested(anyMap)
		m.attributes(listValues, v.AsMap())
		m.endNested(fields)
	case attribute.EMPTY:
	default:
		m.unencodable = true
	}
	m.endNested(start)
}

func (m *message) boolean(b bool) {
	n := uint64(0)
	if b {
		n = 1
	}
	m.varintAlways(anyBool, n)
}

// writeList writes an ArrayValue.
func writeList[T any](m *message, elements []T, value func(T) attribute.Value) {
	start := m.beginNested(anyArray)
	for _, element := range elements {
		m.value(listValues, value(element))
	}
	m.endNested(start)
}
