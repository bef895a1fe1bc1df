package http3_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"
	"github.com/quic-go/quic-go/http3"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// waitLimit limits how long a test waits for a response.
const waitLimit = 10 * time.Second

// startServer serves handler over HTTP/3 until the test ends. It returns a client's transport
// and the server's URL.
func startServer(t *testing.T, handler http.Handler) (*http3.Transport, string) {
	t.Helper()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http3.Server{
		Handler:         handler,
		EnableDatagrams: true,
		TLSConfig:       http3.ConfigureTLSConfig(&tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS13}),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(conn) }()
	transport := &http3.Transport{
		EnableDatagrams: true,
		TLSClientConfig: certified.Client().Transport.(*http.Transport).TLSClientConfig,
	}
	t.Cleanup(func() {
		if err := errors.Join(transport.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		_ = conn.Close()
	})
	return transport, "https://" + conn.LocalAddr().String()
}

// send sends a request and returns the status and the body of the response.
func send(t *testing.T, transport *http3.Transport, request *http.Request) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	response, err := transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func newGetRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestResponsesAreRecorded(t *testing.T) {
	for _, status := range []int{200, 404, 500} {
		r := httpservertest.New(t, httpserver.Config{BodySizes: true})
		mux := http.NewServeMux()
		mux.HandleFunc("GET /process/{id}", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "body")
		})
		transport, url := startServer(t, nethttpotel.Middleware(r)(mux))
		if got, body := send(t, transport, newGetRequest(t, url+"/process/1")); got != status || body != "body" {
			t.Errorf("got %d %q, want %d", got, body, status)
		}
		httpservertest.Expect(t, r.Only(), map[string]any{
			"http.response.status_code": int64(status), "http.response.body.size": int64(4),
			"http.route": "/process/{id}", "network.protocol.version": "3", "url.scheme": "https",
		})
	}
}

// TestResponseAfterMiddlewareIsRecorded checks that the status and the size are recorded
// for a response that is written after the middleware returns, as Echo's error handler
// does.
func TestResponseAfterMiddlewareIsRecorded(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{BodySizes: true})
	e := echo.New()
	e.Use(echootel.Middleware(r))
	e.GET("/", func(echo.Context) error { return echo.ErrBadGateway })
	transport, url := startServer(t, e)
	status, body := send(t, transport, newGetRequest(t, url+"/"))
	if status != http.StatusBadGateway {
		t.Errorf("got %d", status)
	}
	httpservertest.Expect(t, r.Only(), map[string]any{
		"http.response.status_code": int64(502), "http.response.body.size": int64(len(body)), "error.type": "502",
	})
}

// webTransportWriter has the interfaces that WebTransport needs from the writer.
type webTransportWriter interface {
	http3.Settingser
	http3.HTTPStreamer
}

// TestExtendedConnectGetsServerInterfaces checks that an extended CONNECT request, such
// as WebTransport's, gets a writer with the interfaces of the server's writer.
func TestExtendedConnectGetsServerInterfaces(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	transport, url := startServer(t, nethttpotel.Middleware(r)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(webTransportWriter); !ok {
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})))
	request := newGetRequest(t, url+"/tunnel")
	request.Method, request.Proto = http.MethodConnect, "webtransport"
	if got, _ := send(t, transport, request); got != http.StatusNoContent {
		t.Errorf("got %d, want 204: the handler finds the writer's interfaces", got)
	}
	httpservertest.Expect(t, r.Only(), map[string]any{"http.response.status_code": nil, "error.type": nil})
}

// TestWithResponseWriterAddsInterfaces checks that, with the option WithResponseWriter,
// any request gets a writer with WebTransport's interfaces, and that the response is
// recorded.
func TestWithResponseWriterAddsInterfaces(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	option := nethttpotel.WithResponseWriter(func(observed, below http.ResponseWriter) http.ResponseWriter {
		h3, ok := below.(webTransportWriter)
		if !ok {
			return observed
		}
		return struct {
			http.ResponseWriter
			http.Flusher
			webTransportWriter
		}{observed, observed.(http.Flusher), h3}
	})
	transport, url := startServer(t, nethttpotel.Middleware(r, option)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(webTransportWriter); ok {
			w.WriteHeader(http.StatusAccepted)
		}
		w.(http.Flusher).Flush()
	})))
	if got, _ := send(t, transport, newGetRequest(t, url)); got != http.StatusAccepted {
		t.Errorf("got %d, want 202", got)
	}
	httpservertest.Expect(t, r.Only(), map[string]any{"http.response.status_code": int64(202)})
}

// TestResetStreamHasNoStatus checks that no status is recorded if the client resets the
// stream before the response begins.
func TestResetStreamHasNoStatus(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	entered := make(chan struct{})
	transport, url := startServer(t, nethttpotel.Middleware(r)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})))
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-entered
		leave()
	}()
	if response, err := transport.RoundTrip(newGetRequest(t, url).WithContext(ctx)); err == nil {
		_ = response.Body.Close()
		t.Error("got an answer after leaving")
	}
	httpservertest.Expect(t, r.Only(), map[string]any{"http.response.status_code": nil, "error.type": "client_disconnected"})
}

// TestResponsesOfStoppingServerAreValid checks that clients accept the responses while the
// service is shutting down. Over HTTP/1 and HTTP/2 they have the header Connection, which is
// forbidden over HTTP/3.
func TestResponsesOfStoppingServerAreValid(t *testing.T) {
	for name, app := range map[string]func(r *httpservertest.Recorder) http.Handler{
		"net/http": func(r *httpservertest.Recorder) http.Handler {
			return nethttpotel.Middleware(r)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
		},
		"Gin": func(r *httpservertest.Recorder) http.Handler {
			engine := gin.New()
			ginotel.Use(engine, r)
			engine.GET("/", func(c *gin.Context) { c.Status(http.StatusAccepted) })
			return engine
		},
		"Echo v4": func(r *httpservertest.Recorder) http.Handler {
			e := echo.New()
			e.Use(echootel.Middleware(r))
			e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusAccepted) })
			return e
		},
		"Echo v5": func(r *httpservertest.Recorder) http.Handler {
			e := echo5.New()
			e.Use(echo5otel.Middleware(r))
			e.GET("/", func(c *echo5.Context) error { return c.NoContent(http.StatusAccepted) })
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			transport, url := startServer(t, app(r))
			r.ServerStopping()
			if got, _ := send(t, transport, newGetRequest(t, url+"/")); got != http.StatusAccepted {
				t.Errorf("got %d, want 202", got)
			}
			httpservertest.Expect(t, r.Only(), map[string]any{"http.response.status_code": int64(202), "error.type": nil})
		})
	}
}
