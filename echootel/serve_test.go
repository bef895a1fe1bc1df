package echootel

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
)

// newApp returns an application with the middleware, and what it records.
func newApp(t *testing.T, opts ...Option) (*echo.Echo, *httpservertest.Recorder) {
	t.Helper()
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Use(Middleware(rec, opts...))
	return e, rec
}

// start serves app on a socket and returns its address.
func start(t *testing.T, app http.Handler) string {
	t.Helper()
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	return server.URL
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// send makes a request as a client that follows no redirects and does not
// decompress.
func send(t *testing.T, method, url string, body io.Reader, header ...string) answer {
	t.Helper()
	got, err := try(t.Context(), method, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// try is send for answers that may not come.
func try(ctx context.Context, method, url string, body io.Reader, header ...string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	var buffer bytes.Buffer
	_, err = buffer.ReadFrom(response.Body)
	if closed := response.Body.Close(); err == nil {
		err = closed
	}
	return answer{Response: response, body: buffer.String()}, err
}

// get is send for the commonest request.
func get(t *testing.T, url string, header ...string) answer {
	t.Helper()
	return send(t, http.MethodGet, url, nil, header...)
}

// expect checks attributes of a span; nil wants none.
func expect(t *testing.T, span sdktrace.ReadOnlySpan, want map[string]any) {
	t.Helper()
	got := make(map[string]any)
	for _, kv := range span.Attributes() {
		got[string(kv.Key)] = kv.Value.AsInterface()
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s of %q: got %v, want %v", key, span.Name(), got[key], value)
		}
	}
}

// expectOnePoint checks that one request was counted, once, with the status,
// and that none is in progress.
func expectOnePoint(t *testing.T, rec *httpservertest.Recorder, status int) {
	t.Helper()
	points := rec.Points("http.server.request.duration")
	if len(points) != 1 || points[0].Count != 1 {
		t.Errorf("got duration points %v, want 1 of 1 request", points)
	} else if got, _ := points[0].Attributes["http.response.status_code"].(int64); got != int64(status) {
		t.Errorf("status of the duration point: got %d, want %d", got, status)
	}
	for _, point := range rec.Points("http.server.active_requests") {
		if point.Sum != 0 {
			t.Errorf("active requests: got %v, want 0", point.Sum)
		}
	}
}

// chunked hides the length of a body.
func chunked(body string) io.Reader { return io.MultiReader(strings.NewReader(body)) }
