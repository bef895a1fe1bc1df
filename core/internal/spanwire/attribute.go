package spanwire

import (
	"math"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

// These are field numbers of the messages KeyValue and AnyValue of
// opentelemetry.proto.common.v1. Each constant is named after the message and the field:
// anyString is the number of AnyValue.string_value.
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

// writeAttributes writes a repeated KeyValue field.
func (m *message) writeAttributes(field protowire.Number, attributes []attribute.KeyValue) {
	for i := range attributes {
		m.writeAttribute(field, &attributes[i])
	}
}

// writeSet writes the attributes of a set.
func (m *message) writeSet(field protowire.Number, all attribute.Iterator) {
	for all.Next() {
		kv := all.Attribute()
		m.writeAttribute(field, &kv)
	}
}

func (m *message) writeAttribute(field protowire.Number, kv *attribute.KeyValue) {
	start := m.beginNested(field)
	m.writeText(keyValueKey, string(kv.Key))
	m.writeValue(keyValueValue, kv.Value)
	m.endNested(start)
}

// writeValue writes an AnyValue, even if it is empty or has a zero value.
func (m *message) writeValue(field protowire.Number, v attribute.Value) {
	m.writeValueOfKind(v.Type(), field, v)
}

// writeValueOfKind writes v as an AnyValue. kind is the type of v. It is a parameter so
// that a test can pass an unknown type, which makes the message unencodable.
func (m *message) writeValueOfKind(kind attribute.Type, field protowire.Number, v attribute.Value) {
	start := m.beginNested(field)
	switch kind {
	case attribute.STRING:
		m.writeTextAlways(anyString, v.AsString())
	case attribute.INT64:
		m.writeVarintAlways(anyInt, uint64(v.AsInt64())) //nolint:gosec // two's complement is how protobuf writes an int64
	case attribute.BOOL:
		m.writeAnyBool(v.AsBool())
	case attribute.FLOAT64:
		m.writeFixed64Always(anyDouble, math.Float64bits(v.AsFloat64()))
	case attribute.BYTESLICE:
		m.writeBytes(anyBytes, v.AsByteSlice())
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
		m.writeAttributes(listValues, v.AsMap())
		m.endNested(fields)
	case attribute.EMPTY:
	default:
		m.unencodable = true
	}
	m.endNested(start)
}

// writeAnyBool writes the bool_value of an AnyValue, even if b is false.
func (m *message) writeAnyBool(b bool) {
	n := uint64(0)
	if b {
		n = 1
	}
	m.writeVarintAlways(anyBool, n)
}

// writeList writes the array_value of an AnyValue. The function value converts an element.
func writeList[T any](m *message, elements []T, value func(T) attribute.Value) {
	start := m.beginNested(anyArray)
	for _, element := range elements {
		m.writeValue(listValues, value(element))
	}
	m.endNested(start)
}
