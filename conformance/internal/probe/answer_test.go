package probe

import (
	"fmt"
	"testing"

	"github.com/samespan/samespan/conformance/internal/wire"
)

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

// TestProblemNamesFewHeaders checks that the problem with the response to a request with very many
// headers, as trust/size sends it, names only some of them. It is one line of a report.
func TestProblemNamesFewHeaders(t *testing.T) {
	header := []string{"Traceparent: 00"}
	for i := range 10_000 {
		header = append(header, fmt.Sprintf("X-Bomb-%d: x", i))
	}
	p := new(Probe)
	p.Same(wire.Get("/process/1", header...), RawAnswer{body: "no"}, RawAnswer{body: "ok"}, RawAnswer{body: "ok"})
	const want = "body of GET /process/1, X-Bomb-0: x, X-Bomb-1: x, X-Bomb-2: x and 9997 more headers, from byte 0"
	if len(p.problems) != 1 || p.problems[0].What != want {
		t.Errorf("got %d problems, the first of %.200q, want one of %q", len(p.problems), p.problems, want)
	}
}
