package transparency

import "testing"

// TestJoinChunks checks that responses that differ only in chunk boundaries are equal, and
// that a different byte in the body or a trailer is still detected.
func TestJoinChunks(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	oneChunk := joinChunks(t, head+"6\r\nabcdef\r\n0\r\n\r\n")
	for answer, same := range map[string]bool{
		head + "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n":  true,
		head + "2\r\nab\r\n4\r\ncdeF\r\n0\r\n\r\n":  false,
		head + "6\r\nabcdef\r\n0\r\nSum: 1\r\n\r\n": false,
		"HTTP/1.1 200 OK\r\n\r\nabcdef":             false,
	} {
		if got := joinChunks(t, answer) == oneChunk; got != same {
			t.Errorf("%q: got the same %t, want %t", answer, got, same)
		}
	}
}
