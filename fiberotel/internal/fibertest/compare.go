package fibertest

import (
	"fmt"
	"io"
	"net/http/httputil"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/internal/httpservertest"
)

// Exchange is a raw request. It lacks the User-Agent and the end of the header, which are
// added when it is sent.
type Exchange struct {
	// Lines are the request line and the header.
	Lines []string
	Body  string
}

// Exchanges are requests that exercise the middlewares of an app. Each is sent twice, so
// that caches, limits and sessions have an effect.
var Exchanges = []Exchange{
	{Lines: []string{"GET / HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET / HTTP/1.0"}},
	{Lines: []string{"HEAD / HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /big HTTP/1.1", "Host: x", "Accept-Encoding: gzip"}},
	{Lines: []string{"GET /big HTTP/1.1", "Host: x", "Accept-Encoding: br, deflate"}},
	{Lines: []string{"HEAD /big HTTP/1.1", "Host: x", "Accept-Encoding: gzip"}},
	{Lines: []string{"GET /items/1?x=1 HTTP/1.1", "Host: x", "Cookie: session_id=fixed; csrf_=fixed"}},
	{Lines: []string{"GET / HTTP/1.1", "Host: x", `If-None-Match: "2-4009655773"`}},
	{Lines: []string{"POST /echo HTTP/1.1", "Host: x", "Content-Length: 5", "X-Idempotency-Key: 00000000-0000-0000-0000-000000000000"}, Body: "12345"},
	{Lines: []string{"POST /echo HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"}, Body: "5\r\n12345\r\n0\r\n\r\n"},
	{Lines: []string{"GET /file HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /dir/a.txt HTTP/1.1", "Host: x", "Range: bytes=1-2"}},
	{Lines: []string{"GET /dir/a.txt HTTP/1.1", "Host: x", "Accept-Encoding: gzip"}},
	{Lines: []string{"GET /a.txt HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /dir/none.txt HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /stream HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /conflict HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /boom HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /partial HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /session HTTP/1.1", "Host: x", "Cookie: session_id=fixed"}},
	{Lines: []string{"GET /old HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /moved HTTP/1.1", "Host: x"}},
	{Lines: []string{"GET /none HTTP/1.1", "Host: x"}},
	{Lines: []string{"DELETE / HTTP/1.1", "Host: x"}},
	{Lines: []string{"OPTIONS / HTTP/1.1", "Host: x", "Origin: http://y", "Access-Control-Request-Method: POST"}},
	{Lines: []string{"GET http://y/ HTTP/1.1", "Host: x", "Origin: http://y"}},
}

// varyingHeaders matches the parts that differ between two equal responses: times, and
// the end of a rate limit's window.
var varyingHeaders = regexp.MustCompile(`(?m)^(Date|Age|X-Ratelimit-Reset|Retry-After|Expires): [^\r]*|(expires)=[^;\r]*`)

// Compare sends every request to an app with and without the middleware, and checks that
// the responses are equal, byte for byte. It also checks that the status of each span is
// the one that was sent. all is set if every request must have a span.
func Compare(t *testing.T, plain, watched *Service, r *httpservertest.Recorder, exchanges []Exchange, all bool) {
	t.Helper()
	statuses := make(map[string]int)
	for i, exchange := range exchanges {
		for again := range 2 {
			agent := fmt.Sprintf("agent-%d-%d", i, again)
			want, got := exchange.rawResponse(t, plain, agent), exchange.rawResponse(t, watched, agent)
			if got != want {
				t.Errorf("%q: got\n%s\nwant, as without the middleware,\n%s", exchange.Lines[0], got, want)
			}
			statuses[agent] = statusOf(t, got)
		}
	}
	seen := make(map[string]bool)
	for _, span := range r.Ended() {
		agent := fmt.Sprint(Attr(span, "user_agent.original"))
		if seen[agent] {
			t.Errorf("%s: got several spans", agent)
		}
		seen[agent] = true
		if got := Attr(span, "http.response.status_code"); got != int64(statuses[agent]) {
			t.Errorf("%s %s: got status %v, want the %d on the wire", agent, span.Name(), got, statuses[agent])
		}
	}
	if all && len(seen) != len(statuses) {
		t.Errorf("got spans of %d requests, want %d", len(seen), len(statuses))
	}
}

// rawResponse sends the request on a new connection and returns the response without the
// parts that vary.
func (e Exchange) rawResponse(t *testing.T, s *Service, agent string) string {
	t.Helper()
	conn, _ := s.Dial()
	lines := slices.Concat(e.Lines, []string{"User-Agent: " + agent, "Connection: close"})
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"+e.Body); err != nil {
		t.Fatal(err)
	}
	received, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return normalizeResponse(t, varyingHeaders.ReplaceAllString(string(received), "$1$2"))
}

// normalizeResponse returns a response without chunk boundaries, which depend on
// timing, and with sorted headers, since Fiber's cache keeps them in a map.
func normalizeResponse(t *testing.T, answer string) string {
	t.Helper()
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	if strings.Contains(head, "\r\nX-Cache: ") {
		slices.Sort(lines[1:])
	}
	if body != "" && slices.Contains(lines, "Transfer-Encoding: chunked") {
		decoded, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(body)))
		if err != nil {
			t.Fatalf("%v in %q", err, answer)
		}
		body = string(decoded)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func statusOf(t *testing.T, dump string) int {
	t.Helper()
	var status int
	if _, err := fmt.Sscanf(dump, "HTTP/1.1 %d ", &status); err != nil {
		t.Fatalf("%v in %q", err, dump)
	}
	return status
}
