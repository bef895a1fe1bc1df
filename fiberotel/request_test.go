package fiberotel_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestRequestAttributes proves that the span has the attributes of the request and the scope
// of this package.
func TestRequestAttributes(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  map[string]any
	}{
		{
			"HTTP/1.1", []string{"GET /a%20b/c%2Fd?x=1&sig=secret HTTP/1.1", "Host: [::1]:8080", "User-Agent: probe/1.0"},
			map[string]any{
				"http.request.method": "GET", "url.path": "/a%20b/c%2Fd", "url.query": "x=1&sig=REDACTED", "url.scheme": "http",
				"server.address": "::1", "server.port": int64(8080), "network.protocol.version": "1.1",
				"network.peer.address": "127.0.0.1", "client.address": "127.0.0.1", "user_agent.original": "probe/1.0",
				"http.response.status_code": int64(200), "http.route": "/*",
			},
		},
		{
			"HTTP/1.0", []string{"GET / HTTP/1.0", "Host: example.com"},
			map[string]any{"network.protocol.version": "1.0", "server.address": "example.com", "server.port": nil, "url.query": nil, "user_agent.original": nil},
		},
		{
			"absolute target", []string{"GET http://example.com/x HTTP/1.1", "Host: example.com"},
			map[string]any{"url.path": "/x", "server.address": "example.com"},
		},
		{
			"invalid UTF-8", []string{"GET /\xff?\xff=1 HTTP/1.1", "Host: x", "User-Agent: \xff"},
			map[string]any{"url.path": "/\uFFFD", "url.query": "\uFFFD=1", "user_agent.original": "\uFFFD"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/*", respondOK)
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, append(test.lines, "Connection: close")...)
			fibertest.Answer(t, reader)
			span := r.Only()
			for key, want := range test.want {
				if got := fibertest.Attr(span, key); got != want {
					t.Errorf("got %s %v (%T), want %v", key, got, got, want)
				}
			}
			if _, port, _ := net.SplitHostPort(conn.LocalAddr().String()); strconv.FormatInt(fibertest.Attr(span, "network.peer.port").(int64), 10) != port {
				t.Errorf("got peer port %v, want %s", fibertest.Attr(span, "network.peer.port"), port)
			}
			scope := span.InstrumentationScope()
			if scope.Name != "github.com/samespan/samespan/fiberotel" || scope.Version != fiberotel.Version || scope.SchemaURL == "" {
				t.Errorf("got scope %v", scope)
			}
		})
	}
}

// TestSchemeOverTLS proves that url.scheme is https for a request over TLS.
func TestSchemeOverTLS(t *testing.T) {
	// certificateServer provides httptest's certificate, and a client that trusts it.
	certificateServer := httptest.NewTLSServer(http.NotFoundHandler())
	defer certificateServer.Close()

	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/", respondOK)
	ln, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: certificateServer.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(ln) }()
	resp, err := certificateServer.Client().Get("https://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	certificateServer.Client().CloseIdleConnections()
	if got := fibertest.Attr(r.Only(), "url.scheme"); got != "https" {
		t.Errorf("got scheme %v, want https", got)
	}
	if err := app.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := fibertest.Await(t, served); err != nil {
		t.Error(err)
	}
}

// TestResponsesAreUnchanged proves that an app sends the same responses with and without the
// middleware.
func TestResponsesAreUnchanged(t *testing.T) {
	dir := testDirectory(t)
	for _, test := range fibertest.Routes {
		appWithout, appWith := newApp(), instrumentedApp(httpservertest.New(t, httpserver.Config{}))
		registerRoutes(appWithout, dir)
		registerRoutes(appWith, dir)
		want, got := rawResponse(t, serve(t, appWithout), test.Method, test.Path), rawResponse(t, serve(t, appWith), test.Method, test.Path)
		if got != want {
			t.Errorf("%s %s: got\n%s\nwant, as without the middleware,\n%s", test.Method, test.Path, got, want)
		}
	}
}

// rawResponse sends a request and returns the raw response without its dates.
func rawResponse(t *testing.T, s *fibertest.Service, method, path string) string {
	t.Helper()
	conn, _ := s.Dial()
	fibertest.Write(t, conn, method+" "+path+" HTTP/1.1", "Host: x", "Connection: close")
	received, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^(Date|Last-Modified): .*$`).ReplaceAllString(string(received), "$1")
}
