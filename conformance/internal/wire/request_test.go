package wire

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestSendTimedWaitsForEndOfConnection proves that SendTimed returns only after the service
// has closed the connection, and that it returns a duration.
func TestSendTimedWaitsForEndOfConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	var isClosed atomic.Bool
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
		<-time.After(50 * time.Millisecond) // the service's work after the response
		isClosed.Store(true)
	}()
	response, took, err := SendTimed(t.Context(), listener.Addr().String(), Get("/"))
	if err != nil || response.Body != "ok" || took <= 0 {
		t.Errorf("got body %q after %v, error %v, want ok", response.Body, took, err)
	}
	if !isClosed.Load() {
		t.Error("SendTimed returned before the service had closed the connection")
	}
}

// TestResponseStringHasReason proves that the text of a response, which messages about
// services contain, says why the response is missing or incomplete.
func TestResponseStringHasReason(t *testing.T) {
	for raw, want := range map[string]string{
		"": "no response: unexpected EOF",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":                                   `200 "ok"`,
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart":                                 `200 "part", then unexpected EOF`,
		"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n" + strings.Repeat("x", 100): `404 "` + strings.Repeat("x", 80) + `"`,
	} {
		response, err := ReadResponse(bufio.NewReader(strings.NewReader(raw)), http.MethodGet)
		if err != nil {
			response.Lost = err.Error()
		}
		if got := response.String(); got != want {
			t.Errorf("%.60q: got %s, want %s", raw, got, want)
		}
	}
	if got := (Response{}).String(); got != "no response" {
		t.Errorf("got %s", got)
	}
}
