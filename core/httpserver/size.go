package httpserver

// Size is the size of a body in bytes. The zero Size means not known, and is
// not recorded.
type Size struct {
	bytes int64
	known bool
}

// Bytes returns the size of a body of n bytes. A negative n means not known, as
// in http.Request.ContentLength.
func Bytes(n int64) Size {
	if n < 0 {
		return Size{}
	}
	return Size{bytes: n, known: true}
}

// Bytes returns the number of bytes, and whether it is known.
func (s Size) Bytes() (n int64, known bool) { return s.bytes, s.known }
