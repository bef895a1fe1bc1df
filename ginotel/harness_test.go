package ginotel_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/httpservertest"
)

const (
	// These are the names of the metrics that the tests read.
	durationMetric       = "http.server.request.duration"
	activeRequestsMetric = "http.server.active_requests"
	responseSizeMetric   = "http.server.response.body.size"

	// callerTraceparent is the traceparent header of a caller whose span is sampled.
	callerTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	// unsampledTraceparent is the traceparent header of a caller whose span is not sampled.
	unsampledTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	// callerTraceID is the trace ID in both headers.
	callerTraceID = "0af7651916cd43dd8448eb211c80319c"

	// testTimeout limits how long a test waits, for example for a response.
	testTimeout = 10 * time.Second
)

// handledErrors collects the text of all errors that OpenTelemetry's global error handler
// receives during the tests.
var handledErrors logBuffer

// logBuffer collects the output of a log. It is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (m *logBuffer) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(p)
}

// take returns the output since the last call of take.
func (m *logBuffer) take() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.text.Reset()
	return m.text.String()
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultErrorWriter = io.Discard
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		_, _ = io.WriteString(&handledErrors, err.Error()+"\n")
	}))
	os.Exit(m.Run())
}

// service is an application that is served on a socket.
type service struct {
	*httptest.Server
	t testing.TB
	// log is the error log of the server.
	log *logBuffer
}

// serve starts a service that uses handler. The client of the service does not follow
// redirects and does not decompress responses.
func serve(t testing.TB, handler http.Handler) *service {
	t.Helper()
	s := &service{t: t, log: &logBuffer{}, Server: httptest.NewUnstartedServer(handler)}
	s.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(s.log, nil), slog.LevelError)
	s.Start()
	t.Cleanup(s.Close)
	client := s.Client()
	client.Timeout = testTimeout
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Transport.(*http.Transport).DisableCompression = true
	return s
}

// clientResponse is a response that the client has read completely.
type clientResponse struct {
	status int
	header http.Header
	body   string
	// size is the length of body, which is not decompressed.
	size int64
}

// get sends a GET request.
func (s *service) get(path string, header ...string) clientResponse {
	s.t.Helper()
	return s.send(http.MethodGet, path, nil, header...)
}

// send sends a request. header is a list of names, each followed by its value.
func (s *service) send(method, path string, body io.Reader, header ...string) clientResponse {
	s.t.Helper()
	a, err := s.trySend(method, path, body, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// trySend is like send, but returns the error instead of failing the test.
func (s *service) trySend(method, path string, body io.Reader, header ...string) (clientResponse, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, body)
	if err != nil {
		return clientResponse{}, err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	response, err := s.Client().Do(r)
	if err != nil {
		return clientResponse{}, err
	}
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	return clientResponse{status: response.StatusCode, header: response.Header, body: string(got), size: int64(len(got))}, err
}

// attributeOf returns the value of a span's attribute, or nil if the span does not have
// it.
func attributeOf(span sdktrace.ReadOnlySpan, key string) any {
	for _, kv := range span.Attributes() {
		if string(kv.Key) == key {
			return kv.Value.AsInterface()
		}
	}
	return nil
}

// wantSpan describes the span that a request must have recorded.
type wantSpan struct {
	// name is the name of the span. If name is "", the span's name is not checked.
	name string
	// route, status and errorType are the values of http.route,
	// http.response.status_code and error.type. If one of them is nil, the span must not
	// have the attribute.
	route, status, errorType any
	// code is the code of the span status, such as codes.Error.
	code codes.Code
}

// check checks that span is as described, and that its status has no description.
func (e wantSpan) check(t testing.TB, span sdktrace.ReadOnlySpan) {
	t.Helper()
	if e.name != "" && span.Name() != e.name {
		t.Errorf("got span name %q, want %q", span.Name(), e.name)
	}
	if got := attributeOf(span, "http.route"); got != e.route {
		t.Errorf("got http.route %v, want %v", got, e.route)
	}
	if got := attributeOf(span, "http.response.status_code"); got != e.status {
		t.Errorf("got http.response.status_code %v, want %v", got, e.status)
	}
	if got := attributeOf(span, "error.type"); got != e.errorType {
		t.Errorf("got error.type %v, want %v", got, e.errorType)
	}
	if got := span.Status(); got.Code != e.code || got.Description != "" {
		t.Errorf("got status %v %q, want %v without description", got.Code, got.Description, e.code)
	}
}

// checkOnePoint checks that the duration metric has exactly one point with exactly one
// request, and that no request is in progress. It returns the point.
func checkOnePoint(t testing.TB, rec *httpservertest.Recorder) httpservertest.Point {
	t.Helper()
	points := rec.Points(durationMetric)
	if len(points) != 1 || points[0].Count != 1 {
		t.Fatalf("got duration points %+v, want one of one request", points)
	}
	for _, point := range rec.Points(activeRequestsMetric) {
		if point.Sum != 0 {
			t.Errorf("got %v active requests with %v, want 0", point.Sum, point.Attributes)
		}
	}
	return points[0]
}

// await waits for a value from ch and returns it. If no value arrives within testTimeout,
// the test fails with description, which says what has not arrived.
func await[T any](t testing.TB, description string, ch <-chan T) T {
	t.Helper()
	select {
	case got := <-ch:
		return got
	case <-time.After(testTimeout):
		t.Fatalf("got no %s within %v", description, testTimeout)
		panic("unreachable")
	}
}

// checkContains checks that the text got contains want.
func checkContains(t testing.TB, description, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("got %s %q, want it to contain %q", description, got, want)
	}
}

// sendAndDisconnect sends a request and closes the connection when started is closed, which
// means that the handler has started.
func sendAndDisconnect(t testing.TB, s *service, path string, started <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if response, err := s.Client().Do(r); err == nil {
			_ = response.Body.Close()
		}
	}()
	await(t, "start of the handler", started)
	cancel()
	await(t, "end of the request", done)
}

func traceIDOf(ctx context.Context) string {
	return trace.SpanContextFromContext(ctx).TraceID().String()
}

// eventually waits until condition returns true. If condition is still false after
// testTimeout, the test fails.
func eventually(t testing.TB, description string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(testTimeout); !condition(); {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("want %s within %v", description, testTimeout)
		}
	}
}
