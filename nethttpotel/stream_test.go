package nethttpotel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestServerSentEvents proves that each event reaches the client at once, and that the span
// ends after the handler, with the size of all events.
func TestServerSentEvents(t *testing.T) {
	releaseEvent, handlerEnds := make(chan struct{}), make(chan time.Time, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
			flush(w)
			<-releaseEvent
		}
		handlerEnds <- time.Now()
	})
	s := serve(t, httpserver.Config{}, mux)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/stream", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	reader := bufio.NewReader(response.Body)
	size := 0
	for i := range 3 {
		// The handler writes the next event only after the client has received this one.
		event, err := reader.ReadString('\n')
		if err != nil || event != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("got event %q, %v", event, err)
		}
		if _, err := reader.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		size += len(event) + 1
		if active := s.Collect("http.server.active_requests"); len(active) != 1 || active[0].Sum != 1 {
			t.Errorf("got active requests %v in a stream, want 1", active)
		}
		releaseEvent <- struct{}{}
	}
	if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v at the end of the stream", err)
	}
	span := s.Only()
	if handlerEnd := await(t, handlerEnds, "the handler"); span.EndTime().Before(handlerEnd) {
		t.Errorf("the span ended at %v, before its handler did at %v", span.EndTime(), handlerEnd)
	}
	if got := httpservertest.Attribute(span, "http.response.body.size"); got != int64(size) {
		t.Errorf("got size %v, want %d", got, size)
	}
	if got := httpservertest.Attribute(span, "error.type"); got != nil {
		t.Errorf("got error.type %v for a complete stream", got)
	}
}

// checkDisconnected checks that the client's disconnect has cut off the response of span.
// status is nil if no status was sent.
func checkDisconnected(t *testing.T, span sdktrace.ReadOnlySpan, status any) {
	t.Helper()
	if got := httpservertest.Attribute(span, "error.type"); got != "client_disconnected" {
		t.Errorf("got error.type %v, want client_disconnected", got)
	}
	if span.Status().Code != codes.Error || len(span.Events()) != 0 {
		t.Errorf("got status %v and events %v, want Error and none", span.Status(), span.Events())
	}
	if got := httpservertest.Attribute(span, "http.response.status_code"); got != status {
		t.Errorf("got status code %v, want %v", got, status)
	}
}

func TestDisconnectBeforeResponseIsError(t *testing.T) {
	for _, withHTTP2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP2 %v", withHTTP2), func(t *testing.T) {
			entered := make(chan struct{})
			mux := http.NewServeMux()
			mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, r *http.Request) {
				close(entered)
				<-r.Context().Done()
			})
			s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
			s.server, s.log = startServer(t, nethttpotel.Middleware(s)(mux), func(server *httptest.Server) {
				if server.EnableHTTP2 = withHTTP2; withHTTP2 {
					server.StartTLS()
				}
			})
			ctx, disconnect := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/slow", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				<-entered
				disconnect()
			}()
			if response, err := s.server.Client().Do(request); err == nil {
				_ = response.Body.Close()
				t.Error("got an answer after leaving")
			}
			await(t, entered, "the request")
			checkDisconnected(t, s.Only(), nil)
			s.checkOnePoint(t)
		})
	}
}

func TestDisconnectDuringStreamIsError(t *testing.T) {
	handlerDone := make(chan struct{})
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.WriteString(w, "first")
		flush(w)
		<-r.Context().Done()
		// The system may accept a write even after the client has closed the connection.
		for controller := http.NewResponseController(w); err == nil; err = controller.Flush() {
			_, _ = io.WriteString(w, "second")
		}
		close(handlerDone)
	}))
	ctx, disconnect := context.WithCancel(t.Context())
	defer disconnect()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	disconnect()
	await(t, handlerDone, "the handler to see it")
	checkDisconnected(t, s.Only(), int64(200))
}

func TestDisconnectAfterFlushedResponseIsNoError(t *testing.T) {
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "hello")
		flush(w)
		// The handler still runs when the client disconnects.
		<-r.Context().Done()
	}))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "hello" {
		t.Errorf("got %q, %v", body, err)
	}
	_ = response.Body.Close()
	_ = conn.Close()
	span := s.Only()
	if got := httpservertest.Attribute(span, "error.type"); got != nil {
		t.Errorf("got error.type %v, want none: the client had it all", got)
	}
}

// TestStoppingServiceIsNoDisconnect proves that a request is not an error if the service
// cancels its BaseContext on a signal and the handler still responds.
func TestStoppingServiceIsNoDisconnect(t *testing.T) {
	baseContext, cancelBaseContext := context.WithCancelCause(t.Context())
	defer cancelBaseContext(nil)
	entered := make(chan struct{})
	r := httpservertest.New(t, httpserver.Config{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		_, _ = io.WriteString(w, "finished in time")
	})
	server, _ := startServer(t, nethttpotel.Middleware(r)(handler), func(server *httptest.Server) {
		server.Config.BaseContext = func(net.Listener) context.Context { return baseContext }
	})
	go func() {
		<-entered
		cancelBaseContext(errors.New("terminated by a signal"))
	}()
	if got := sendRaw(t, server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); !strings.HasSuffix(got, "finished in time") {
		t.Errorf("got %q", got)
	}
	span := r.Only()
	if got := httpservertest.Attribute(span, "error.type"); got != nil || httpservertest.Attribute(span, "http.response.status_code") != int64(200) {
		t.Errorf("got error.type %v with %v, want an answer like any other", got, span.Attributes())
	}
}

// TestReverseProxyRecordsClientDisconnect proves that the span of a reverse proxy has the
// error.type client_disconnected if the proxy's client disconnects, although
// httputil.ReverseProxy then panics with http.ErrAbortHandler.
func TestReverseProxyRecordsClientDisconnect(t *testing.T) {
	backend, _ := startServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first")
		flush(w)
		<-r.Context().Done()
	}), nil)
	backendURL, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(backendURL)
	proxy.FlushInterval = -1
	s := serve(t, httpserver.Config{}, proxy)
	proxy.ErrorLog = s.server.Config.ErrorLog
	ctx, disconnect := context.WithCancel(t.Context())
	defer disconnect()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	disconnect()
	checkDisconnected(t, s.Only(), int64(200))
}

func TestUpgradeHasStatus101(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /upgrade", func(w http.ResponseWriter, _ *http.Request) {
		conn, buffer, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, _ = buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = buffer.Flush()
		line, _ := buffer.ReadString('\n')
		_, _ = buffer.WriteString(line)
		_ = buffer.Flush()
	})
	s := serve(t, httpserver.Config{}, mux)
	got := sendRaw(t, s.server, "GET /upgrade HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n")
	if !strings.HasSuffix(got, "\r\n\r\nhello\n") {
		t.Errorf("got %q, want the echo", got)
	}
	span := s.Only()
	if httpservertest.Attribute(span, "http.response.status_code") != int64(101) || span.Status().Code != codes.Unset || span.Name() != "GET /upgrade" {
		t.Errorf("got %q with status %v and %v", span.Name(), span.Status(), span.Attributes())
	}
	s.checkOnePoint(t)
}

// TestRequestBodySize proves that the size of a request body is recorded if it is declared, or
// if the handler reads the whole body.
func TestRequestBodySize(t *testing.T) {
	readAll := func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	tests := []struct {
		name    string
		handler http.HandlerFunc
		body    io.Reader
		want    any
	}{
		{"none", readAll, nil, int64(0)},
		{"declared", readAll, strings.NewReader("body"), int64(4)},
		{"declared, not read", func(http.ResponseWriter, *http.Request) {}, strings.NewReader("body"), int64(4)},
		{"chunked", readAll, struct{ io.Reader }{strings.NewReader("in chunks")}, int64(9)},
		{"chunked, not read", func(http.ResponseWriter, *http.Request) {}, struct{ io.Reader }{strings.NewReader("in chunks")}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, httpserver.Config{}, test.handler)
			s.send(t, http.MethodPost, "/", test.body)
			if got := httpservertest.Attribute(s.Only(), "http.request.body.size"); got != test.want {
				t.Errorf("got size %v, want %v", got, test.want)
			}
		})
	}
}
