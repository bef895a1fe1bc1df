package spanwire

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message under construction.
type message struct {
	encoded []byte
	// unencodable is set if a value cannot be encoded. Such a message must not be sent.
	unencodable bool
}

// beginNested begins a nested message and returns where its content starts. It
// reserves one byte for the length, which is usually enough.
func (m *message) beginNested(field protowire.Number) (start int) {
	m.encoded = append(protowire.AppendTag(m.encoded, field, protowire.BytesType), 0)
	return len(m.encoded)
}

// endNested writes the length of the nested message that starts at start. It makes space
// if the length needs more than one byte.
func (m *message) endNested(start int) {
	length := len(m.encoded) - start
	if extra := protowire.SizeVarint(uint64(length)) - 1; extra > 0 {
		var padding [8]byte
		m.encoded = append(m.encoded, padding[:extra]...)
		copy(m.encoded[start+extra:], m.encoded[start:start+length])
	}
	protowire.AppendVarint(m.encoded[:start-1], uint64(length))
}

// writeText writes a string unless it is empty.
func (m *message) writeText(field protowire.Number, s string) {
	if s != "" {
		m.writeTextAlways(field, s)
	}
}

// writeTextAlways writes a string even if it is empty. Invalid UTF-8 is replaced,
// since protobuf would otherwise reject the whole batch.
func (m *message) writeTextAlways(field protowire.Number, s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	m.encoded = protowire.AppendString(protowire.AppendTag(m.encoded, field, protowire.BytesType), s)
}

// writeBytes writes a field of type bytes.
func (m *message) writeBytes(field protowire.Number, b []byte) {
	m.encoded = protowire.AppendBytes(protowire.AppendTag(m.encoded, field, protowire.BytesType), b)
}

// writeVarint writes a number unless it is 0.
func (m *message) writeVarint(field protowire.Number, n uint64) {
	if n != 0 {
		m.writeVarintAlways(field, n)
	}
}

// writeVarintAlways writes a number even if it is 0.
func (m *message) writeVarintAlways(field protowire.Number, n uint64) {
	m.encoded = protowire.AppendVarint(protowire.AppendTag(m.encoded, field, protowire.VarintType), n)
}

// writeFixed64 writes a number unless it is 0.
func (m *message) writeFixed64(field protowire.Number, n uint64) {
	if n != 0 {
		m.writeFixed64Always(field, n)
	}
}

// writeFixed64Always writes a number even if it is 0.
func (m *message) writeFixed64Always(field protowire.Number, n uint64) {
	m.encoded = protowire.AppendFixed64(protowire.AppendTag(m.encoded, field, protowire.Fixed64Type), n)
}

// writeFixed32 writes a number unless it is 0.
func (m *message) writeFixed32(field protowire.Number, n uint32) {
	if n != 0 {
		m.encoded = protowire.AppendFixed32(protowire.AppendTag(m.encoded, field, protowire.Fixed32Type), n)
	}
}

// writeCount writes a count, limited to 32 bits.
func (m *message) writeCount(field protowire.Number, n int) {
	m.writeVarint(field, uint64(min(max(n, 0), math.MaxUint32)))
}
