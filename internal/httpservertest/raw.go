package httpservertest

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/httpserver"
)

// Raw sends a request as it stands to the server at url, over a connection of
// its own, and returns all that comes back, but for the value of Date. The
// request must make the server close the connection.
func Raw(t testing.TB, url, request string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%.60q: %v after %q", request, err, answer)
	}
	return date.ReplaceAllString(string(answer), "Date: masked\r\n")
}

var date = regexp.MustCompile(`Date: [^\r]*\r\n`)

// RawRequest returns a request for [Raw] with a header of lines and a body,
// whose length it adds where there is one.
func RawRequest(method, target, body string, header ...string) string {
	lines := []string{method + " " + target + " HTTP/1.1", "Host: example.com", "Connection: close"}
	if body != "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(body)))
	}
	return strings.Join(append(lines, header...), "\r\n") + "\r\n\r\n" + body
}

// CheckSame sends each request to the app without an instrumentation, which is
// made for nil, and to the one with it. Both answers must be the same, byte for
// byte. Each request that reaches the instrumentation must leave one span, with
// the status on the wire, and none where config excludes everything.
func CheckSame(t *testing.T, config httpserver.Config, app func(*Recorder) http.Handler, requests ...string) {
	t.Helper()
	bare := Start(t, app(nil))
	for _, request := range requests {
		rec := New(t, config)
		want, got := Raw(t, bare, request), Raw(t, Start(t, app(rec)), request)
		if got != want {
			t.Errorf("%.60q: answer with the instrumentation:\n%q\nwithout:\n%q", request, got, want)
		}
		status, _ := strconv.ParseInt(strings.SplitN(got+"   ", " ", 3)[1], 10, 64)
		spans := rec.Ended()
		if len(config.Exclude) > 0 && len(spans) > 0 || len(spans) > 1 {
			t.Errorf("%.60q: got spans %q, want one, or none of what is excluded", request, Names(spans))
		}
		for _, span := range spans {
			if recorded := Attribute(span, semconv.HTTPResponseStatusCodeKey); recorded != status {
				t.Errorf("%.60q: http.response.status_code: got %v, want the %d on the wire", request, recorded, status)
			}
		}
	}
}
