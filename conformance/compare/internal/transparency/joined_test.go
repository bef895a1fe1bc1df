package transparency

import "testing"

// Two answers are the same where they differ in the boundaries of chunks alone,
// and not where they differ in a byte or a trailer.
func TestJoined(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	whole := joinChunks(t, head+"6\r\nabcdef\r\n0\r\n\r\n")
	for answer, same := range map[string]bool{
		head + "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n":  true,
		head + "2\r\nab\r\n4\r\ncdeF\r\n0\r\n\r\n":  false,
		head + "6\r\nabcdef\r\n0\r\nSum: 1\r\n\r\n": false,
		"HTTP/1.1 200 OK\r\n\r\nabcdef":             false,
	} {
		if got := joinChunks(t, answer) == whole; got != same {
			t.Errorf("%q: got the same %t, want %t", answer, got, same)
		}
	}
}
