package spanwire

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message that is being written.
type message struct {
	written []byte
	// unknown says that something has no form here. The message is not to be
	// sent then.
	unknown bool
}

// begin begins a message in a field and returns where its content starts. Its
// length is not known yet: one byte is kept for it, which most need.
func (m *message) begin(field protowire.Number) (start int) {
	m.written = append(protowire.AppendTag(m.written, field, protowire.BytesType), 0)
	return len(m.written)
}

// end writes the length of the message that starts there, and makes room for it
// if it needs more than a byte.
func (m *message) end(start int) {
	length := len(m.written) - start
	if extra := protowire.SizeVarint(uint64(length)) - 1; extra > 0 {
		var room [8]byte
		m.written = append(m.written, room[:extra]...)
		copy(m.written[start+extra:], m.written[start:start+length])
	}
	protowire.AppendVarint(m.written[:start-1], uint64(length))
}

// text writes a string that is not empty.
func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		m.presentText(field, s)
	}
}

// presentText writes a string also when it is empty. Protobuf refuses a message
// with one that is not UTF-8, and with it the whole batch: what is not is
// replaced.
func (m *message) presentText(field protowire.Number, s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	m.written = protowire.AppendString(protowire.AppendTag(m.written, field, protowire.BytesType), s)
}

func (m *message) bytes(field protowire.Number, b []byte) {
	m.written = protowire.AppendBytes(protowire.AppendTag(m.written, field, protowire.BytesType), b)
}

// varint writes a number that is not 0.
func (m *message) varint(field protowire.Number, n uint64) {
	if n != 0 {
		m.presentVarint(field, n)
	}
}

// presentVarint writes a number also when it is 0.
func (m *message) presentVarint(field protowire.Number, n uint64) {
	m.written = protowire.AppendVarint(protowire.AppendTag(m.written, field, protowire.VarintType), n)
}

// fixed64 writes a number that is not 0.
func (m *message) fixed64(field protowire.Number, n uint64) {
	if n != 0 {
		m.presentFixed64(field, n)
	}
}

func (m *message) presentFixed64(field protowire.Number, n uint64) {
	m.written = protowire.AppendFixed64(protowire.AppendTag(m.written, field, protowire.Fixed64Type), n)
}

// fixed32 writes a number that is not 0.
func (m *message) fixed32(field protowire.Number, n uint32) {
	if n != 0 {
		m.written = protowire.AppendFixed32(protowire.AppendTag(m.written, field, protowire.Fixed32Type), n)
	}
}

// count writes how many of something there were, as far as 32 bits go.
func (m *message) count(field protowire.Number, n int) {
	m.varint(field, uint64(min(max(n, 0), math.MaxUint32)))
}
