package httpserver

// Size is the size of a body in bytes. The zero Size means that the size is not known. An
// unknown size is not recorded.
type Size struct {
	// bytesPlusOne is the size plus one, or 0 if it is not known.
	bytesPlusOne int64
}

// Bytes returns the size of a body of n bytes. A negative n means that the size is not
// known, as in http.Request.ContentLength.
func Bytes(n int64) Size {
	if n < 0 {
		return Size{}
	}
	return Size{n + 1}
}

// Bytes returns the number of bytes, and whether that number is known.
func (s Size) Bytes() (n int64, known bool) { return max(s.bytesPlusOne-1, 0), s.bytesPlusOne != 0 }
