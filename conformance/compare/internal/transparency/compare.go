package transparency

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// waitLimit limits the time until a response is complete.
const waitLimit = 10 * time.Second

// Start serves an application until the test ends and returns its address. If src is nil,
// the application is served without the adapter.
type Start func(t testing.TB, src httpserver.Source) (address string)

// Result is the result of one request.
type Result struct {
	// Wire is the raw response with the adapter, as Send returns it.
	Wire string
	// Status is the final status code, or 0 if none was sent.
	Status int
	// Telemetry is the telemetry of the application with the adapter.
	Telemetry *httpservertest.Recorder
}

// Compare sends a raw request to the application with and without the adapter, and fails the
// test if the responses differ. The request must make the server close the connection, for
// example with the header Connection: close.
func Compare(t testing.TB, start Start, request string) Result {
	t.Helper()
	return compareResponses(t, start, request, func(answer string) string { return answer })
}

// CompareProxied is like [Compare], for an application that contains a proxy. It does not
// compare chunk boundaries, because the proxy sends each piece of a body when the piece
// arrives.
func CompareProxied(t testing.TB, start Start, request string) Result {
	t.Helper()
	return compareResponses(t, start, request, func(answer string) string { return joinChunks(t, answer) })
}

// compareResponses is like [Compare], and calls normalize for each response before it
// compares the responses.
func compareResponses(t testing.TB, start Start, request string, normalize func(answer string) string) Result {
	t.Helper()
	telemetry := httpservertest.New(t, httpserver.Config{})
	without := Send(t, start(t, nil), request)
	with := Send(t, start(t, telemetry), request)
	if got, want := normalize(with), normalize(without); got != want && !differOnlyInConnectionClosePosition(got, want) {
		t.Errorf("%s\ngot, with the adapter      %s\nwant, as without adapter  %s", firstLine(request), abbreviate(got), abbreviate(want))
	}
	return Result{Wire: with, Status: finalStatus(with), Telemetry: telemetry}
}

// joinChunks returns the response with all chunks joined into one.
func joinChunks(t testing.TB, answer string) string {
	t.Helper()
	const chunked, end = "Transfer-Encoding: chunked\r\n", "\r\n\r\n"
	start := strings.Index(answer, chunked)
	if start < 0 {
		return answer
	}
	length := strings.Index(answer[start:], end)
	if length < 0 {
		return answer
	}
	start += length + len(end)
	remaining := bufio.NewReader(strings.NewReader(answer[start:]))
	body, err := io.ReadAll(httputil.NewChunkedReader(remaining))
	if err != nil {
		t.Fatalf("decode the chunks of %s: %v", abbreviate(answer), err)
	}
	trailer, err := io.ReadAll(remaining)
	if err != nil {
		t.Fatal(err)
	}
	return answer[:start] + string(body) + end + string(trailer)
}

// CheckSpan checks that there is one span and one measurement, both with the status that
// was sent.
func (r Result) CheckSpan(t testing.TB) {
	t.Helper()
	var status any
	if r.Status != 0 {
		status = int64(r.Status)
	}
	httpservertest.Expect(t, r.Telemetry.Only(), map[string]any{"http.response.status_code": status})
	r.Telemetry.ExpectOnePoint(r.Status)
}

// CheckUnseen replaces [Result.CheckSpan] if the adapter cannot see the status that was sent,
// because an outer middleware has set it. The span must then have no status code, and must
// have an error.type.
func (r Result) CheckUnseen(t testing.TB) {
	t.Helper()
	span := r.Telemetry.Only()
	httpservertest.Expect(t, span, map[string]any{"http.response.status_code": nil})
	if httpservertest.Attribute(span, "error.type") == nil {
		t.Errorf("%q: got no error.type, want one, since the client got status %d", span.Name(), r.Status)
	}
	r.Telemetry.ExpectOnePoint(0)
}

// Send sends a raw request to address and returns the raw response, without the headers
// Date and Last-Modified.
func Send(t testing.TB, address, request string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(waitLimit)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%s: read the response: got %s, then %v", firstLine(request), abbreviate(string(answer)), err)
	}
	return withoutDates(string(answer))
}

// withoutDates returns a response without its Date and Last-Modified headers. It does not
// use a regular expression, which with large bodies and the race detector would take most
// of the time of the tests.
func withoutDates(answer string) string {
	var rest strings.Builder
	rest.Grow(len(answer))
	for line := range strings.Lines(answer) {
		if !strings.HasPrefix(line, "Date: ") && !strings.HasPrefix(line, "Last-Modified: ") {
			rest.WriteString(line)
		}
	}
	return rest.String()
}

// finalStatus returns the status code of a response, after any informational responses such
// as 103. It returns 0 if there is none.
func finalStatus(answer string) int {
	reader := bufio.NewReader(strings.NewReader(answer))
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return 0
		}
		var protocol string
		var status int
		if _, err := fmt.Sscan(line, &protocol, &status); err != nil {
			return 0
		}
		if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
			return status
		}
		if _, err := textproto.NewReader(reader).ReadMIMEHeader(); err != nil {
			return 0
		}
	}
}

// connectionCloseHeader is a header that the server sets. http.MaxBytesReader makes the
// server set it earlier, through an unexported method of the server's own writer. A writer
// that wraps it cannot have this method. With an adapter the header may therefore be in
// another position.
const connectionCloseHeader = "Connection: close\r\n"

// differOnlyInConnectionClosePosition reports whether two responses with status 413 differ
// only in the position of connectionCloseHeader.
func differOnlyInConnectionClosePosition(got, want string) bool {
	return strings.Contains(got, connectionCloseHeader) && strings.Contains(want, " 413 ") &&
		strings.Replace(got, connectionCloseHeader, "", 1) == strings.Replace(want, connectionCloseHeader, "", 1)
}

func firstLine(request string) string {
	line, _, _ := strings.Cut(request, "\r\n")
	return line
}

// abbreviate returns the beginning of s as a quoted string.
func abbreviate(s string) string {
	if len(s) > 500 {
		return fmt.Sprintf("%q… (%d bytes)", s[:500], len(s))
	}
	return fmt.Sprintf("%q", s)
}
