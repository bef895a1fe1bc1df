package nethttpotel_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// wire is a connection on which a client has sent bytes, and no more to come.
// Unlike a socket it never loses an answer to a reset.
type wire struct {
	mu     sync.Mutex
	sent   *bytes.Reader
	answer bytes.Buffer
	closed chan struct{}
	once   sync.Once
}

func newWire(sent []byte) *wire {
	return &wire{sent: bytes.NewReader(sent), closed: make(chan struct{})}
}

func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent.Read(p)
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answer.Write(p)
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (*wire) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (*wire) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711} }
func (*wire) SetDeadline(time.Time) error      { return nil }
func (*wire) SetReadDeadline(time.Time) error  { return nil }
func (*wire) SetWriteDeadline(time.Time) error { return nil }

// wires is a listener to which one client comes after the other.
type wires chan net.Conn

func (w wires) Accept() (net.Conn, error) {
	conn, ok := <-w
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (w wires) Close() error { return nil }
func (wires) Addr() net.Addr { return &net.TCPAddr{} }

// talk lets a server answer what a client sent on one connection.
func talk(t *testing.T, handler http.Handler, sent []byte) string {
	t.Helper()
	listener, conn := make(wires, 1), newWire(sent)
	complaints := &logged{}
	server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(complaints.handler(), slog.LevelError), ReadHeaderTimeout: patience, DisableGeneralOptionsHandler: true}
	listener <- conn
	close(listener)
	_ = server.Serve(listener)
	within(t, conn.closed, "the server to close the connection")
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if strings.Contains(complaints.String(), "samespan") && !strings.Contains(complaints.String(), "on purpose") {
		t.Errorf("the server complains:\n%s", complaints)
	}
	return dateHeader.ReplaceAllString(conn.answer.String(), "")
}

// fuzzed answers with all that it was told.
func fuzzed(calls *atomic.Int64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(w, "%q %q %q %q %q %d %v %d\n", r.Method, r.Host, r.URL, r.Pattern, r.UserAgent(), n, err, len(r.Header))
	})
	mux.HandleFunc("/process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.PathValue("item_id"))
	})
	mux.HandleFunc("/users/{id}/", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.FormValue("a"), len(r.Form)) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		mux.ServeHTTP(w, r)
	})
}

func FuzzMiddleware(f *testing.F) {
	const get = "GET / HTTP/1.1\r\nHost: h\r\n"
	for _, seed := range []string{
		get + "\r\n",
		get + "\r\n" + get + "Connection: close\r\n\r\nrest",
		"GET /process/a%2Fb?q=1&sig=secret HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: probe\r\ntraceparent: " + traceparent + "\r\ntracestate: a=1\r\nbaggage: k=v\r\n\r\n",
		"GET /\xff\xfe?\xff=\xff HTTP/1.1\r\nHost: h\r\nUser-Agent: \xff\r\nbaggage: \xff=\xff\r\n\r\n",
		"GET /%ff%00%zz HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /\x00 HTTP/1.1\r\nHost: h\r\nX: \x00\r\n\r\n",
		get + "traceparent: 00-" + strings.Repeat("0", 32) + "-" + callerSpan + "-01\r\n\r\n",
		get + "traceparent: ff-\xff\r\ntraceparent: " + traceparent + "\r\ntracestate: ,,=,\r\n\r\n",
		get + "traceparent: " + strings.ToUpper(traceparent) + "\r\n\r\n",
		get + "X-Huge: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		get + "baggage: " + strings.Repeat("k=v,", 4000) + "\r\n\r\n",
		"GET /" + strings.Repeat("a/", 10_000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /users/1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\ncut",
		"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b",
		"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
		"CONNECT /users/1 HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT a:b@h:443 HTTP/1.1\r\nHost: a:b@h:443\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
		"BREW /panic HTTP/1.1\r\nHost: h\r\n\r\n",
		"HEAD /healthz HTTP/1.0\r\n\r\n",
		"GET http://user:pass@h/ HTTP/1.1\r\nHost: \r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"", "GET", "\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		var bareCalls, calls atomic.Int64
		want := talk(t, fuzzed(&bareCalls), sent)

		r := httpservertest.NewSampled(t, httpserver.Config{RequestHeaders: []string{"X", "Host", "Cookie"}}, sdktrace.AlwaysSample())
		got := talk(t, nethttpotel.Middleware(r)(fuzzed(&calls)), sent)
		if got != want {
			t.Errorf("got  %q\nwant %q", clip(got), clip(want))
		}
		ended := r.Ended()
		if calls.Load() != bareCalls.Load() || int64(len(ended)) != calls.Load() {
			t.Errorf("got %d spans of %d requests, %d without us", len(ended), calls.Load(), bareCalls.Load())
		}
		var measured uint64
		for _, point := range r.Points("http.server.request.duration") {
			measured += point.Count
			route, _ := point.Attributes["http.route"].(string)
			switch route {
			case "", "/", "/process/{item_id}", "/users/{id}/", "/form", "/panic":
			default:
				t.Errorf("got route %q, which the client made up", route)
			}
		}
		if measured != uint64(len(ended)) {
			t.Errorf("got %d measurements of %d requests", measured, len(ended))
		}
		for _, span := range ended {
			for _, kv := range span.Attributes() {
				if value := kv.Value.String(); !utf8.ValidString(value) {
					t.Errorf("%s is not valid UTF-8: %q", kv.Key, value)
				}
			}
		}
	})
}
