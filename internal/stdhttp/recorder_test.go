package stdhttp_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/internal/stdhttp"
)

// serverStarters are functions that start a server, by the server's protocol. net/http has a
// different response writer for each protocol.
var serverStarters = map[string]func(*httptest.Server){
	"HTTP/1.1":          (*httptest.Server).Start,
	"HTTP/1.1 with TLS": (*httptest.Server).StartTLS,
	"HTTP/2": func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	},
}

// forEachProtocol sends one request to handler over each protocol. It calls check with
// the response and the recorder after the handler has returned.
func forEachProtocol(t *testing.T, handler http.HandlerFunc, check func(*testing.T, clientResponse, *stdhttp.Recorder)) {
	t.Helper()
	for name, start := range serverStarters {
		t.Run(name, func(t *testing.T) {
			got, recorder := serveOne(t, start, handler, nil)
			check(t, got, recorder)
		})
	}
}

// clientResponse is a response as a client received it.
type clientResponse struct {
	code int
	// status is the status line without the protocol, such as "200 OK".
	status        string
	contentLength int64
	body          string
}

// serveOne starts a server for handler with start, sends one request, and returns the
// response and the recorder. If modify is not nil, it may change the request first.
func serveOne(t *testing.T, start func(*httptest.Server), handler http.HandlerFunc, modify func(*http.Request)) (clientResponse, *stdhttp.Recorder) {
	t.Helper()
	recorders := make(chan *stdhttp.Recorder, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writer, recorder := stdhttp.Record(w, r)
		defer func() { recorders <- recorder }()
		handler(writer, r)
	}))
	// The server logs a second call of WriteHeader. Tests do not need that log.
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	start(server)
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if modify != nil {
		modify(request)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return clientResponse{response.StatusCode, response.Status, response.ContentLength, string(body)}, <-recorders
}

func TestRecorderRecordsTheSentResponse(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		// recordedStatus is 0 if no status was written. sentStatus is the status that
		// the client receives.
		recordedStatus int
		sentStatus     int
		body           string
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}, 0, 200, ""},
		{"implicit status", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("body")) }, 200, 200, "body"},
		{"an empty write", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(nil) }, 200, 200, ""},
		{"a string", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "body") }, 200, 200, "body"},
		{"a copy", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader("body and more"), 4))
		}, 200, 200, "body"},
		{"status", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) }, 418, 418, "no\n"},
		{"status twice", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusInternalServerError)
		}, 201, 201, ""},
		{"status after the body", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "body")
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, 200, "body"},
		{"flush", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, 200, ""},
		{"early hints", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusNotFound)
		}, 404, 404, ""},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, 204, 204, ""},
		{"a status after an empty copy", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader(""), 4))
			w.WriteHeader(http.StatusBadGateway)
		}, 502, 502, ""},
		{"an error after a failed copy", func(w http.ResponseWriter, _ *http.Request) {
			if _, err := io.Copy(w, failingReader{}); err != nil {
				http.Error(w, "no", http.StatusBadGateway)
			}
		}, 502, 502, "no\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			forEachProtocol(t, test.handler, func(t *testing.T, got clientResponse, recorder *stdhttp.Recorder) {
				t.Helper()
				if got.code != test.sentStatus || got.body != test.body {
					t.Errorf("got %d %q on the wire, want %d %q", got.code, got.body, test.sentStatus, test.body)
				}
				if recorder.Status() != test.recordedStatus || recorder.Written() != int64(len(test.body)) || recorder.Hijacked() {
					t.Errorf("recorded status %d, %d bytes, hijacked %v; want %d, %d, false",
						recorder.Status(), recorder.Written(), recorder.Hijacked(), test.recordedStatus, len(test.body))
				}
			})
		})
	}
}

// failingReader returns an error from the first Read.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("the source is gone") }

func TestInvalidStatusIsNotRecorded(t *testing.T) {
	_, recorder := stdhttp.Record(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("an invalid status no longer panics")
			}
		}()
		recorder.WriteHeader(1000)
	}()
	if recorder.Status() != 0 {
		t.Errorf("recorded status %d, which was refused", recorder.Status())
	}
}

func TestEarlyHintsReachTheClient(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
	}
	for name, start := range serverStarters {
		t.Run(name, func(t *testing.T) {
			var hints []string
			_, recorder := serveOne(t, start, handler, func(r *http.Request) {
				*r = *r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
					Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
						if code == http.StatusEarlyHints {
							hints = append(hints, header.Get("Link"))
						}
						return nil
					},
				}))
			})
			if len(hints) != 1 || recorder.Status() != http.StatusAccepted {
				t.Errorf("got hints %q and recorded status %d, want one hint and 202", hints, recorder.Status())
			}
		})
	}
}

// TestControllerSupportsSameCalls proves that http.ResponseController supports the same calls
// with and without a recorder.
func TestControllerSupportsSameCalls(t *testing.T) {
	type supportedCalls struct{ Flush, Read, Write, FullDuplex, Hijack bool }
	callController := func(w http.ResponseWriter) (calls supportedCalls) {
		controller := http.NewResponseController(w)
		supported := func(err error) bool { return !errors.Is(err, http.ErrNotSupported) }
		calls.Flush = supported(controller.Flush())
		calls.Read = supported(controller.SetReadDeadline(time.Now().Add(time.Minute)))
		calls.Write = supported(controller.SetWriteDeadline(time.Now().Add(time.Minute)))
		calls.FullDuplex = supported(controller.EnableFullDuplex())
		conn, _, err := controller.Hijack()
		if calls.Hijack = supported(err); err == nil {
			_ = conn.Close()
		}
		return calls
	}
	for name, start := range serverStarters {
		t.Run(name, func(t *testing.T) {
			results := make(chan supportedCalls, 2)
			recorders := make(chan *stdhttp.Recorder, 1)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/recorded" {
					recorded, recorder := stdhttp.Record(w, r)
					defer func() { recorders <- recorder }()
					w = recorded
				}
				results <- callController(w)
			}))
			start(server)
			defer server.Close()
			var got [2]supportedCalls
			for i, path := range []string{"/bare", "/recorded"} {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				// callController closes a hijacked connection without a response, which
				// is an error here. Otherwise there is a response to read.
				if response, err := server.Client().Do(request); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
				got[i] = <-results
			}
			if got[0] != got[1] {
				t.Errorf("got %+v, want %+v as without a recorder", got[1], got[0])
			}
			if recorder := <-recorders; recorder.Status() != 200 || recorder.Hijacked() != got[0].Hijack {
				t.Errorf("recorded status %d, hijacked %v", recorder.Status(), recorder.Hijacked())
			}
		})
	}
}

// brokenFlusher returns an error from Flush.
type brokenFlusher struct{ http.ResponseWriter }

// errFlush is the error of brokenFlusher.
var errFlush = errors.New("nothing to flush to")

func (brokenFlusher) Flush()            {}
func (brokenFlusher) FlushError() error { return errFlush }

func TestFlushErrorIsReturned(t *testing.T) {
	w, _ := stdhttp.Record(brokenFlusher{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if err := http.NewResponseController(w).Flush(); !errors.Is(err, errFlush) {
		t.Errorf("got %v, want the error of the writer below", err)
	}
}

// flushErrorOnlyWriter has FlushError, which http.ResponseController prefers, but not Flush.
type flushErrorOnlyWriter struct{ http.ResponseWriter }

func (flushErrorOnlyWriter) FlushError() error { return nil }

// TestFlushErrorMethodIsRecorded proves that a flush is recorded if the writer below has
// FlushError but not Flush.
func TestFlushErrorMethodIsRecorded(t *testing.T) {
	w, recorder := stdhttp.Record(flushErrorOnlyWriter{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if err := http.NewResponseController(w).Flush(); err != nil || recorder.Status() != http.StatusOK {
		t.Errorf("got %v, recorded status %d; want 200, which a flush sends", err, recorder.Status())
	}
	if _, ok := w.(http.Flusher); ok {
		t.Error("got a Flusher over a writer that is not one")
	}
}

// unwrapOnlyWriter implements no optional interface itself. Like the writers of many
// middlewares, it has Unwrap.
type unwrapOnlyWriter struct{ http.ResponseWriter }

func (w unwrapOnlyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestControllerFindsUnwrappedWriter proves that http.ResponseController, called with a
// recorder, flushes the writer below a writer that has only Unwrap.
func TestControllerFindsUnwrappedWriter(t *testing.T) {
	below := newFullWriter()
	w, _ := stdhttp.Record(unwrapOnlyWriter{below}, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if err := http.NewResponseController(w).Flush(); err != nil || below.calledMethod != "Flush" {
		t.Errorf("got %v, called %q; want the flush of the writer two below", err, below.calledMethod)
	}
}

func TestHijackIsRecorded(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		conn, buffer, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = buffer.WriteString("HTTP/1.1 200 Taken\r\nContent-Length: 4\r\nConnection: close\r\n\r\nover")
		_ = buffer.Flush()
	}
	got, recorder := serveOne(t, serverStarters["HTTP/1.1"], handler, nil)
	if got.status != "200 Taken" || got.body != "over" {
		t.Errorf("got %s %q, want what the handler wrote", got.status, got.body)
	}
	if !recorder.Hijacked() || recorder.Status() != 0 || recorder.Written() != 0 {
		t.Errorf("recorded hijacked %v, status %d, %d bytes; want true and nothing else",
			recorder.Hijacked(), recorder.Status(), recorder.Written())
	}
}

// TestSwitchingProtocolsIsFinal proves that the status 101 is recorded, unlike the other
// statuses below 200.
func TestSwitchingProtocolsIsFinal(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = conn.Close()
		}
	}
	got, recorder := serveOne(t, serverStarters["HTTP/1.1"], handler, nil)
	if got.code != http.StatusSwitchingProtocols || recorder.Status() != http.StatusSwitchingProtocols {
		t.Errorf("got %d, recorded %d, want 101", got.code, recorder.Status())
	}
}

func TestPushReachesConnection(t *testing.T) {
	pushed := make(chan error, 1)
	overHTTP2 := serverStarters["HTTP/2"]
	serveOne(t, overHTTP2, func(w http.ResponseWriter, r *http.Request) {
		if pusher, ok := w.(http.Pusher); ok && r.URL.Path != "/style.css" {
			pushed <- pusher.Push("/style.css", nil)
		}
	}, nil)
	// Go's client does not support pushes. The error proves that Push reached the
	// connection.
	if err := <-pushed; err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("got %v, want the refusal of the connection", err)
	}
}

func TestResponseToHeadIsUnchanged(t *testing.T) {
	got, recorder := serveOne(t, serverStarters["HTTP/1.1"], func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "body")
	}, func(r *http.Request) { r.Method = http.MethodHead })
	if got.contentLength != 4 || got.body != "" || recorder.Status() != 200 {
		t.Errorf("got length %d, body %q, recorded status %d", got.contentLength, got.body, recorder.Status())
	}
}
