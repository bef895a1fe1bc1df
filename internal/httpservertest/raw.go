package httpservertest

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/httpserver"
)

// Raw sends request, as it is, to the server at url on a new connection. It returns the
// whole response, in which the value of Date is masked. The request must make the server
// close the connection.
func Raw(t testing.TB, url, request string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(waitTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%.60q: %v after %q", request, err, answer)
	}
	return dateHeaderPattern.ReplaceAllString(string(answer), "Date: masked\r\n")
}

// RawRequest returns a request for [Raw] with the given header lines and body. It adds a
// Content-Length if the body is not empty.
func RawRequest(method, target, body string, header ...string) string {
	lines := []string{method + " " + target + " HTTP/1.1", "Host: example.com", "Connection: close"}
	if body != "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(body)))
	}
	return strings.Join(append(lines, header...), "\r\n") + "\r\n\r\n" + body
}

// CheckSame sends each request to an application with instrumentation and to the same
// application without it. app returns the application, without instrumentation if its
// parameter is nil. The responses must be equal, byte for byte. A request may have at most
// one span, with the status that was sent. If config has exclusion rules, no request may
// have a span.
func CheckSame(t *testing.T, config httpserver.Config, app func(*Recorder) http.Handler, requests ...string) {
	t.Helper()
	bareURL := Start(t, app(nil))
	for _, request := range requests {
		rec := New(t, config)
		want, got := Raw(t, bareURL, request), Raw(t, Start(t, app(rec)), request)
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
