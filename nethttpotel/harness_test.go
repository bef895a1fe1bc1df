package nethttpotel_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/internal/logtest"
	"github.com/samespan/samespan/nethttpotel"
)

// waitTimeout limits how long a test waits for an event.
const waitTimeout = 10 * time.Second

const (
	callerTraceID     = "0af7651916cd43dd8448eb211c80319c"
	callerSpanID      = "b7ad6b7169203331"
	callerTraceparent = "00-" + callerTraceID + "-" + callerSpanID + "-01"
)

// service is a server with an instrumented handler, and the recorder of its telemetry.
type service struct {
	*httpservertest.Recorder
	server *httptest.Server
	// log is the error log of server.
	log *logtest.Buffer
}

// serve serves handler with the middleware until the test ends.
func serve(t *testing.T, config httpserver.Config, handler http.Handler, opts ...nethttpotel.Option) *service {
	t.Helper()
	return serveWrapped(t, config, func(instrument func(http.Handler) http.Handler) http.Handler { return instrument(handler) }, opts...)
}

// serveWrapped is like serve, but serves the handler that wrap returns. wrap receives the
// middleware.
func serveWrapped(t *testing.T, config httpserver.Config, wrap func(instrument func(http.Handler) http.Handler) http.Handler, opts ...nethttpotel.Option) *service {
	t.Helper()
	s := &service{Recorder: httpservertest.New(t, config)}
	s.server, s.log = startServer(t, wrap(nethttpotel.Middleware(s, opts...)), nil)
	return s
}

// startServer serves handler until the test ends, and returns the server and its log. If
// configure is not nil, startServer calls it first; configure may change or start the
// server.
func startServer(t *testing.T, handler http.Handler, configure func(*httptest.Server)) (*httptest.Server, *logtest.Buffer) {
	t.Helper()
	serverLog := new(logtest.Buffer)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(serverLog, nil), slog.LevelError)
	if configure != nil {
		configure(server)
	}
	if server.URL == "" {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, serverLog
}

// send sends a request and returns the status and the body. The status is 0 if there is no
// response. headers is a list of names, each followed by its value.
func (s *service) send(t *testing.T, method, path string, body io.Reader, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.server.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	client := *s.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, string(answer)
	}
	return response.StatusCode, string(answer)
}

// get is send for a GET request.
func (s *service) get(t *testing.T, path string, headers ...string) (int, string) {
	t.Helper()
	return s.send(t, http.MethodGet, path, nil, headers...)
}

// dateHeaderPattern matches the Date header, which changes every second.
var dateHeaderPattern = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// sendRaw sends request, as it is, on a new connection. It returns all bytes that the server
// sends until it closes the connection, without the date.
func sendRaw(t *testing.T, server *httptest.Server, request string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
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
		t.Fatalf("after %q: %v", answer, err)
	}
	return dateHeaderPattern.ReplaceAllString(string(answer), "")
}

// await returns a value received from c. If there is none within waitTimeout, the test fails
// with the description of what it has waited for.
func await[T any](t *testing.T, c <-chan T, description string) T {
	t.Helper()
	select {
	case value := <-c:
		return value
	case <-time.After(waitTimeout):
		t.Fatalf("waited %v in vain for %s", waitTimeout, description)
		panic("unreachable")
	}
}

// checkOnePoint checks that one request was measured, exactly once, and that no request is
// in progress. It returns the point of the duration metric.
func (s *service) checkOnePoint(t *testing.T) httpservertest.Point {
	t.Helper()
	points := s.Points("http.server.request.duration")
	if len(points) != 1 || points[0].Count != 1 {
		t.Fatalf("got duration points %v, want one measurement", points)
	}
	for _, active := range s.Points("http.server.active_requests") {
		if active.Sum != 0 {
			t.Errorf("got %v active requests, want 0", active.Sum)
		}
	}
	return points[0]
}

// respondWith returns a handler that responds with status and body.
func respondWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
