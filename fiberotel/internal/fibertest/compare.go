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

// Exchange is a raw request. [Compare] adds the headers User-Agent and Connection, and the
// empty line after the headers.
type Exchange struct {
	// Lines are the request line and the lines of the header.
	Lines []string
	Body  string
}

// Exchanges are requests that trigger the features of middlewares, such as compression and
// caches. Compare sends each request twice, since caches, limits and sessions affect only
// the second request.
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

// varyingHeaders matches the parts of headers that differ from one response to the next:
// times, the end of a rate limit's window, and the age of a cached response. The cache of
// Fiber v3.1.0 computes an age below zero, and so adds a Warning, if a response was stored
// since its clock's last tick.
var varyingHeaders = regexp.MustCompile(`(?m)^(Date|Age|X-Ratelimit-Reset|Retry-After|Expires): [^\r]*` +
	`|^(Cache-Control: public, max-age=)\d+|(expires)=[^;\r]*|^Warning: 113 [^\r]*\r\n`)

// Compare sends every request to an app without the middleware and to the same app with
// the middleware. It checks that the responses are equal, byte for byte, and that each span
// has the status that was sent. all must be set if every request must have a span.
func Compare(t *testing.T, without, with *Service, r *httpservertest.Recorder, exchanges []Exchange, all bool) {
	t.Helper()
	statuses := make(map[string]int)
	for i, exchange := range exchanges {
		for again := range 2 {
			agent := fmt.Sprintf("agent-%d-%d", i, again)
			want, got := exchange.normalizedResponse(t, without, agent), exchange.normalizedResponse(t, with, agent)
			if got != want {
				t.Errorf("%q: got\n%s\nwant, as without the middleware,\n%s", exchange.Lines[0], got, want)
			}
			statuses[agent] = statusOf(t, got)
		}
	}
	recordedAgents := make(map[string]bool)
	for _, span := range r.Ended() {
		agent := fmt.Sprint(Attr(span, "user_agent.original"))
		if recordedAgents[agent] {
			t.Errorf("%s: got several spans", agent)
		}
		recordedAgents[agent] = true
		if got := Attr(span, "http.response.status_code"); got != int64(statuses[agent]) {
			t.Errorf("%s %s: got status %v, want the %d on the wire", agent, span.Name(), got, statuses[agent])
		}
	}
	if all && len(recordedAgents) != len(statuses) {
		t.Errorf("got spans of %d requests, want %d", len(recordedAgents), len(statuses))
	}
}

// normalizedResponse sends the request on a new connection, with agent as its User-Agent. It
// returns the raw response after normalizeResponse.
func (e Exchange) normalizedResponse(t *testing.T, s *Service, agent string) string {
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
	return normalizeResponse(t, string(received))
}

// normalizeResponse returns a raw response without what varyingHeaders matches, and without
// the boundaries of chunks, which depend on timing. If the response is from Fiber's cache,
// which does not keep the order of headers, normalizeResponse also sorts the headers.
func normalizeResponse(t *testing.T, raw string) string {
	t.Helper()
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	// The line end belongs to the last header, which the pattern may remove as a whole.
	head = strings.TrimSuffix(varyingHeaders.ReplaceAllString(head+"\r\n", "$1$2$3"), "\r\n")
	lines := strings.Split(head, "\r\n")
	if strings.Contains(head, "\r\nX-Cache: ") {
		slices.Sort(lines[1:])
	}
	if body != "" && slices.Contains(lines, "Transfer-Encoding: chunked") {
		decoded, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(body)))
		if err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		body = string(decoded)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// statusOf returns the status of a raw response.
func statusOf(t *testing.T, raw string) int {
	t.Helper()
	var status int
	if _, err := fmt.Sscanf(raw, "HTTP/1.1 %d ", &status); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return status
}
