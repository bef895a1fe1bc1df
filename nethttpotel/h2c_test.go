package nethttpotel_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// h2cHandler serves HTTP/2 without TLS on the connections of an HTTP/1 server, like
// golang.org/x/net/http2/h2c: it takes over a connection that begins with the preface of
// HTTP/2, or whose first request asks for an upgrade. The contexts of the requests on that
// connection are derived from the context of the first one.
type h2cHandler struct{ next http.Handler }

func (h h2cHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const firstLine, switching = "PRI * HTTP/2.0\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
	isUpgrade := r.Header.Get("Upgrade") == "h2c"
	if r.Method != "PRI" && !isUpgrade {
		h.next.ServeHTTP(w, r)
		return
	}
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	unread := io.Reader(buffer)
	if isUpgrade {
		_, _ = buffer.WriteString(switching)
		_ = buffer.Flush()
	} else {
		unread = io.MultiReader(strings.NewReader(firstLine), unread)
	}
	closed := make(chan struct{})
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:     h.next,
		Protocols:   &protocols,
		BaseContext: func(net.Listener) context.Context { return r.Context() },
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				close(closed)
			}
		},
	}
	_ = server.Serve(&connListener{conn: &bufferedConn{conn, unread}})
	<-closed
}

// connListener is a listener that accepts one connection.
type connListener struct{ conn net.Conn }

func (l *connListener) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (*connListener) Close() error   { return nil }
func (*connListener) Addr() net.Addr { return &net.TCPAddr{} }

// bufferedConn is a connection that is read through reader.
type bufferedConn struct {
	net.Conn
	reader io.Reader
}

func (c *bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// TestRequestsOverH2C proves that each request over HTTP/2 without TLS has its own span, if the
// middleware is inside and outside a handler that takes over connections for HTTP/2. The
// connection itself has no span, unless it began with an HTTP/1 request.
func TestRequestsOverH2C(t *testing.T) {
	for name, test := range map[string]struct {
		// upgrade is the HTTP/1 request that is sent first on the connection, if any.
		upgrade string
		names   []string
	}{
		"preface": {"", []string{"GET /a/{id}", "GET /b"}},
		"upgrade": {
			"OPTIONS /first HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nTraceparent: 00-11111111111111111111111111111111-2222222222222222-01\r\nBaggage: first=1\r\n\r\n",
			[]string{"GET /a/{id}", "GET /b", "OPTIONS"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			handler := func(_ http.ResponseWriter, r *http.Request) {
				if b := baggage.FromContext(r.Context()); b.Len() > 0 {
					t.Errorf("%s: got the baggage %s of another request", r.URL.Path, b)
				}
			}
			mux.HandleFunc("GET /a/{id}", handler)
			mux.HandleFunc("GET /b", handler)
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
				return instrument(instrument(h2cHandler{instrument(mux)}))
			})
			var protocols http.Protocols
			protocols.SetUnencryptedHTTP2(true)
			transport := &http.Transport{Protocols: &protocols, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				if err != nil || test.upgrade == "" {
					return conn, err
				}
				return upgrade(conn, test.upgrade)
			}}
			s.server.Client().Transport = transport
			for _, path := range []string{"/a/1", "/b"} {
				if status, _ := s.get(t, path, "Traceparent", callerTraceparent); status != http.StatusOK {
					t.Fatalf("%s: got status %d", path, status)
				}
			}
			transport.CloseIdleConnections()
			for _, name := range test.names {
				span := s.Named(name)
				if span.SpanKind() != trace.SpanKindServer {
					t.Errorf("%s: got kind %v, want a server span", name, span.SpanKind())
				}
				if name != "OPTIONS" && (!span.Parent().IsRemote() || span.Parent().TraceID().String() != callerTraceID) {
					t.Errorf("%s: got parent %+v, want the caller", name, span.Parent())
				}
			}
			if ended := s.Ended(); len(ended) != len(test.names) {
				t.Errorf("got spans %q, want %q", httpservertest.Names(ended), test.names)
			}
			if points := s.Points("http.server.request.duration"); len(points) != len(test.names) {
				t.Errorf("got points %v, want %d", points, len(test.names))
			}
		})
	}
}

// upgrade sends request on conn, and reads the response up to the end of its header.
func upgrade(conn net.Conn, request string) (net.Conn, error) {
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line == "\r\n" {
			return &bufferedConn{conn, reader}, nil
		}
	}
}

// preface is the part of HTTP/2's preface that net/http passes to the handlers as a request.
const preface = "PRI * HTTP/2.0\r\n\r\n"

// TestPrefaceWithoutHTTP2IsRecorded proves that a preface to which a handler responds is
// recorded once, like a request, even if there are several middlewares.
func TestPrefaceWithoutHTTP2IsRecorded(t *testing.T) {
	for name, test := range map[string]struct {
		handler   http.Handler
		status    any
		errorType any
	}{
		"mux":   {http.NewServeMux(), int64(http.StatusBadRequest), nil},
		"panic": {http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(io.ErrUnexpectedEOF) }), nil, "*errors.errorString"},
	} {
		for middlewares := 1; middlewares <= 3; middlewares++ {
			t.Run(fmt.Sprint(name, " ", middlewares), func(t *testing.T) {
				s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
					handler := test.handler
					for range middlewares {
						handler = instrument(handler)
					}
					return handler
				})
				if answer := sendRaw(t, s.server, preface); strings.HasPrefix(answer, "HTTP/1.1 400 ") != (test.errorType == nil) {
					t.Errorf("got %q", answer)
				}
				httpservertest.Expect(t, s.Only(), map[string]any{
					"http.response.status_code": test.status, "error.type": test.errorType,
					"http.request.method": "_OTHER", "url.path": "*", "http.route": nil,
				})
				s.checkOnePoint(t)
			})
		}
	}
}

// TestRequestLikePrefaceOverHTTP2 proves that a client cannot make a request over HTTP/2 look
// like a preface: the handlers find its span.
func TestRequestLikePrefaceOverHTTP2(t *testing.T) {
	s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	request.Method, request.RequestURI, request.URL.Path = "PRI", "*", "*"
	request.Host, request.Proto, request.ProtoMajor, request.ProtoMinor = "", "HTTP/2.0", 2, 0
	nethttpotel.Middleware(s)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !trace.SpanContextFromContext(r.Context()).IsValid() {
			t.Error("got no span in the context of the handler")
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
	s.Only()
	s.checkOnePoint(t)
}
