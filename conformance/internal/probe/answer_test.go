package probe

import "testing"

// TestSameIgnoresVaryingParts checks that Same does not compare the parts that differ
// between two responses of the service without instrumentation, such as request ids.
func TestSameIgnoresVaryingParts(t *testing.T) {
	answer := func(id, body, length string) RawAnswer {
		return RawAnswer{head: "HTTP/1.1 200 OK\r\nX-Request-Id: " + id + "\r\nServer: puma\r\nContent-Length: " + length + "\r\n", body: body}
	}
	for _, test := range []struct {
		name                 string
		want, wantAgain, got RawAnswer
		same                 bool // whether got must be considered equal to want
	}{
		{"a request id", answer("1", "ok", "2"), answer("2", "ok", "2"), answer("3", "ok", "2"), true},
		{"a body with the time", answer("1", "at 1", "4"), answer("1", "at 10", "5"), answer("1", "at 100", "6"), true},
		{"another body", answer("1", "ok", "2"), answer("2", "ok", "2"), answer("3", "no", "2"), false},
		{"another header", answer("1", "ok", "2"), answer("1", "ok", "2"), answer("3", "ok", "2"), false},
		{
			"a header more", answer("1", "ok", "2"), answer("2", "ok", "2"),
			RawAnswer{head: "HTTP/1.1 200 OK\r\nTraceparent: 00\r\nServer: puma\r\nContent-Length: 2\r\n", body: "ok"}, false,
		},
		{
			"another status", answer("1", "ok", "2"), answer("2", "ok", "2"),
			RawAnswer{head: "HTTP/1.1 500 Internal Server Error\r\nServer: puma\r\nContent-Length: 2\r\n", body: "ok"}, false,
		},
	} {
		varies := findVariance(test.want, test.wantAgain)
		if got := varies.mask(test.want) == varies.mask(test.got); got != test.same {
			t.Errorf("%s: got the same %v, want %v:\n%+v\n%+v", test.name, got, test.same, varies.mask(test.want), varies.mask(test.got))
		}
	}
}
