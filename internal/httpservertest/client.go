package httpservertest

import (
	"bytes"
	"context"
	"io"
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
