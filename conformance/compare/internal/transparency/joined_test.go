package transparency

import "testing"

// Two responses are equal if they differ only in chunk boundaries, and different if they
// differ in a byte of the body or in a trailer.
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
