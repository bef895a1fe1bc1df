package spanwire

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message under construction.
type message struct {
	written []byte
	// unknown is set if a value cannot be encoded. The message must not be sent
	// then.
	unknown bool
}

// begin begins a nested message and returns where its content starts. It
// reserves one byte for the length, which is usually enough.
func (m *message) begin(field protowire.Number) (start int) {
	m.written = append(protowire.AppendTag(m.written, field, protowire.BytesType), 0)
	return len(m.written)
}

// end writes the length of the nested message that starts at start, and makes
// space if it needs more than one byte.
func (m *message) end(start int) {
	length := len(m.written) - start
	if extra := protowire.SizeVarint(uint64(length)) - 1; extra > 0 {
		var room [8]byte
		m.written = append(m.written, room[:extra]...)
		copy(m.written[start+extra:], m.written[start:start+length])
	}
	protowire.AppendVarint(m.written[:start-1], uint64(length))
}

// text writes a string unless it is empty.
func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		m.presentText(field, s)
	}
}

// presentText writes a string even if it is empty. Invalid UTF-8 is replaced,
// since protobuf would otherwise reject the whole batch.
func (m *message) presentText(field protowire.Number, s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	m.written = protowire.AppendString(protowire.AppendTag(m.written, field, protowire.BytesType), s)
}

func (m *message) bytes(field protowire.Number, b []byte) {
	m.written = protowire.AppendBytes(protowire.AppendTag(m.written, field, protowire.BytesType), b)
}

// varint writes a number unless it is 0.
func (m *message) varint(field protowire.Number, n uint64) {
	if n != 0 {
		m.presentVarint(field, n)
	}
}

// presentVarint writes a number even if it is 0.
func (m *message) presentVarint(field protowire.Number, n uint64) {
	m.written = protowire.AppendVarint(protowire.AppendTag(m.written, field, protowire.VarintType), n)
}

// fixed64 writes a number unless it is 0.
func (m *message) fixed64(field protowire.Number, n uint64) {
	if n != 0 {
		m.presentFixed64(field, n)
	}
}

func (m *message) presentFixed64(field protowire.Number, n uint64) {
	m.written = protowire.AppendFixed64(protowire.AppendTag(m.written, field, protowire.Fixed64Type), n)
}

// fixed32 writes a number unless it is 0.
func (m *message) fixed32(field protowire.Number, n uint32) {
	if n != 0 {
		m.written = protowire.AppendFixed32(protowire.AppendTag(m.written, field, protowire.Fixed32Type), n)
	}
}

// count writes a count, limited to 32 bits.
func (m *message) count(field protowire.Number, n int) {
	m.varint(field, uint64(min(max(n, 0), math.MaxUint32)))
}
