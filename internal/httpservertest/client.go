package httpservertest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Start serves app on a loopback port until the test ends and returns the URL.
func Start(t testing.TB, app http.Handler) string {
	t.Helper()
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	return server.URL
}

// getOver serves app until the test ends, over HTTP/2 with TLS or over HTTP/1.1 without, and
// returns the response to GET /. The server logs nothing: it would report a second call of
// WriteHeader.
func getOver(t *testing.T, app http.Handler, withHTTP2 bool) *http.Response {
	t.Helper()
	server := httptest.NewUnstartedServer(app)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if server.EnableHTTP2 = withHTTP2; withHTTP2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// Answer is a response whose body was read.
type Answer struct {
	*http.Response
	// Text is the body as received.
	Text string
}

// Send sends a request and does not follow redirects. header is a list of names, each
// followed by its value.
func Send(t testing.TB, method, url string, body io.Reader, header ...string) Answer {
	t.Helper()
	answer, err := Try(t.Context(), method, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Try is like [Send] but returns errors. Use it for a request that may get no response, and
// in goroutines other than the test's.
func Try(ctx context.Context, method, url string, body io.Reader, header ...string) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return Answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return Answer{}, err
	}
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	return Answer{Response: response, Text: text.String()}, err
}

// Chunked returns a reader of body that hides its length, which makes the client send the
// body chunked.
func Chunked(body string) io.Reader { return io.MultiReader(strings.NewReader(body)) }
