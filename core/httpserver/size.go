package httpserver

// Size is the size of a body, in bytes. The zero Size is unknown, and is not
// recorded.
type Size struct {
	bytes int64
	known bool
}

// Bytes returns the size of a body of n bytes. A negative n is unknown, as it is
// in http.Request.ContentLength.
func Bytes(n int64) Size {
	if n < 0 {
		return Size{}
	}
	return Size{bytes: n, known: true}
}

// Bytes returns how many bytes the size is, and whether it is known.
func (s Size) Bytes() (n int64, known bool) { return s.bytes, s.known }
