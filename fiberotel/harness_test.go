package fiberotel_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver/httpservertest"
	"github.com/samespan/samespan/fiberotel"
)

const (
	duration = "http.server.request.duration"
	active   = "http.server.active_requests"

	// caller is a sampled caller's traceparent.
	caller      = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	callerTrace = "0af7651916cd43dd8448eb211c80319c"

	patience = 10 * time.Second
)

// reported collects what reaches OpenTelemetry's error handler.
var reported struct {
	mu    sync.Mutex
	lines []string
}

func takeReported() []string {
	reported.mu.Lock()
	defer reported.mu.Unlock()
	lines := reported.lines
	reported.lines = nil
	return lines
}

func TestMain(m *testing.M) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		reported.mu.Lock()
		defer reported.mu.Unlock()
		reported.lines = append(reported.lines, err.Error())
	}))
	os.Exit(m.Run())
}

// newApp returns an app that prints no banner.
func newApp(config ...fiber.Config) *fiber.App {
	var c fiber.Config
	if len(config) > 0 {
		c = config[0]
	}
	c.DisableStartupMessage = true
	return fiber.New(c)
}

// instrumented returns an app whose first middleware is ours.
func instrumented(r *httpservertest.Recorder, config ...fiber.Config) *fiber.App {
	app := newApp(config...)
	app.Use(fiberotel.Middleware(r))
	return app
}

// service is an app behind a real socket.
type service struct {
	t       testing.TB
	address string
	client  *http.Client
}

func serve(t testing.TB, app *fiber.App) *service {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, app, ln)
}

func serveOn(t testing.TB, app *fiber.App, ln net.Listener) *service {
	t.Helper()
	served := make(chan error, 1)
	go func() { served <- app.Listener(ln) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	s := &service{t: t, address: ln.Addr().String(), client: &http.Client{
		Transport:     transport,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := app.ShutdownWithTimeout(patience); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *service) request(method, path string, body io.Reader) *http.Request {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return req
}

// do sends a request without a body.
func (s *service) do(method, path string) (status int, body string) {
	s.t.Helper()
	return s.send(s.request(method, path, nil))
}

func (s *service) send(req *http.Request) (status int, body string) {
	s.t.Helper()
	status, body, err := s.try(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, body
}

// try is send for a goroutine that is not the test's.
func (s *service) try(req *http.Request) (status int, body string, err error) {
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(read), err
}

// dial opens a connection for what net/http's client cannot do.
func (s *service) dial() (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp4", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func write(t testing.TB, conn net.Conn, lines ...string) {
	t.Helper()
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

// answer reads a response and returns its status.
func answer(t testing.TB, reader *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// eventually waits for a condition that other goroutines bring about.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !condition(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func attr(span sdktrace.ReadOnlySpan, key string) any {
	for _, kv := range span.Attributes() {
		if string(kv.Key) == key {
			return kv.Value.AsInterface()
		}
	}
	return nil
}

// once checks that one request is one measurement, and that none is open.
func once(t testing.TB, r *httpservertest.Recorder) {
	t.Helper()
	var count uint64
	for _, point := range r.Points(duration) {
		count += point.Count
	}
	if count != 1 {
		t.Errorf("got %d durations, want 1", count)
	}
	for _, point := range r.Points(active) {
		if point.Sum != 0 {
			t.Errorf("got %v active requests after the last one, want 0", point.Sum)
		}
	}
}
