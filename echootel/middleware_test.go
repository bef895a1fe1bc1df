package echootel

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
)

// serve starts app on a socket and returns its address.
func serve(t *testing.T, app http.Handler) string {
	t.Helper()
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	return server.URL
}

// send makes a request and returns the status and the body of the answer.
func send(t *testing.T, method, url string, body io.Reader, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(got)
}

func TestSmoke(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Use(Middleware(rec))
	e.GET("/fail", func(echo.Context) error { return errors.New("boom") })
	status, body := send(t, "GET", serve(t, e)+"/fail", strings.NewReader(""))
	span := rec.Only()
	t.Log(status, body, span.Name(), span.Attributes(), span.Status())
}
