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

// Result is the result of one request. The response is the same with and without the
// adapter.
type Result struct {
	// Wire is the raw response without the Date header.
	Wire string
	// Status is the final status code, or 0 if none was sent.
	Status int
	// Telemetry is the telemetry of the application with the adapter.
	Telemetry *httpservertest.Recorder
}

// Compare sends a raw request to the application with and without the adapter, and fails
// the test if the responses differ. The request must ask for the connection to be closed.
func Compare(t testing.TB, start Start, request string) Result {
	t.Helper()
	return compareResponses(t, start, request, func(answer string) string { return answer })
}

// CompareProxied is like [Compare], for an application that contains a proxy. A proxy
// passes on a body in the pieces in which it arrives, so chunk boundaries are not
// compared.
func CompareProxied(t testing.TB, start Start, request string) Result {
	t.Helper()
	return compareResponses(t, start, request, func(answer string) string { return joinChunks(t, answer) })
}

func compareResponses(t testing.TB, start Start, request string, normalize func(answer string) string) Result {
	t.Helper()
	telemetry := httpservertest.New(t, httpserver.Config{})
	without := Send(t, start(t, nil), request)
	with := Send(t, start(t, telemetry), request)
	if got, want := normalize(with), normalize(without); got != want && !differsOnlyInPosition(got, want) {
		t.Errorf("%s\nwith the adapter  %s\nwithout it        %s", firstLine(request), abbreviate(got), abbreviate(want))
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
		t.Fatalf("the chunks of %s: %v", abbreviate(answer), err)
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

// CheckUnseen replaces [Result.CheckSpan] if an outer middleware has changed the status,
// which the adapter cannot see. The span must be an error, and must not have a status
// that was not sent.
func (r Result) CheckUnseen(t testing.TB) {
	t.Helper()
	span := r.Telemetry.Only()
	httpservertest.Expect(t, span, map[string]any{"http.response.status_code": nil})
	if httpservertest.Attribute(span, "error.type") == nil {
		t.Errorf("%q: got no error.type, want one beside a status %d on the wire", span.Name(), r.Status)
	}
	r.Telemetry.ExpectOnePoint(0)
}

// Send sends a raw request to address and returns the raw response, without the parts
// that depend on time.
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
		t.Fatalf("%s: after %s: %v", firstLine(request), abbreviate(string(answer)), err)
	}
	return withoutDates(string(answer))
}

// withoutDates returns a response without its Date and Last-Modified headers. A regular
// expression would take most of the time of the tests, for large bodies under the race
// detector.
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

// finalStatus returns the final status code of a response.
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

// connectionClose is a header that the server sets. http.MaxBytesReader makes the server
// set it earlier, through an unexported method of the server's own writer that no wrapper
// can implement. With an adapter the header may therefore be in another position.
const connectionClose = "Connection: close\r\n"

// differsOnlyInPosition reports whether two responses are equal except for the position
// of connectionClose.
func differsOnlyInPosition(got, want string) bool {
	return strings.Contains(got, connectionClose) && strings.Contains(want, " 413 ") &&
		strings.Replace(got, connectionClose, "", 1) == strings.Replace(want, connectionClose, "", 1)
}

func firstLine(request string) string {
	line, _, _ := strings.Cut(request, "\r\n")
	return line
}

func abbreviate(s string) string {
	if len(s) > 500 {
		return fmt.Sprintf("%q… (%d bytes)", s[:500], len(s))
	}
	return fmt.Sprintf("%q", s)
}
