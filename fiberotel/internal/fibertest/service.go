package fibertest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/internal/loopback"
)

// Patience limits how long a test waits for an event.
const Patience = 30 * time.Second

// Service is a client of an app that is served on a socket.
type Service struct {
	Address string
	Client  *http.Client
	t       testing.TB // the test that uses the client
}

// Serve serves an app on ln until the test ends, and returns a client of the app. It runs
// serve in a goroutine, and calls stop at the end of the test.
func Serve(t testing.TB, ln net.Listener, serve func(net.Listener) error, stop func(time.Duration) error) *Service {
	t.Helper()
	served := make(chan error, 1)
	go func() { served <- serve(ln) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	s := At(t, ln.Addr().String())
	s.Client = &http.Client{
		Transport:     transport,
		Timeout:       Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := stop(Patience); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

// At returns a Service for an app that is already served at address.
func At(t testing.TB, address string) *Service {
	t.Helper()
	return &Service{Address: address, Client: http.DefaultClient, t: t}
}

// Listen returns a listener on a free loopback port.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// FreeAddress returns a loopback address that is not in use.
func FreeAddress(t testing.TB) string {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Request creates a request without sending it.
func (s *Service) Request(method, path string, body io.Reader) *http.Request {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.Address+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return req
}

// Do sends a request without a body and returns the response.
func (s *Service) Do(method, path string) (status int, body string) {
	s.t.Helper()
	return s.Send(s.Request(method, path, nil))
}

// Send sends a request and returns the response. The test fails if there is none.
func (s *Service) Send(req *http.Request) (status int, body string) {
	s.t.Helper()
	status, body, err := s.Try(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, body
}

// Try is like [Service.Send] but returns the error. It can be called in goroutines other
// than the test's.
func (s *Service) Try(req *http.Request) (status int, body string, err error) {
	resp, err := s.Client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(read), err
}

// Dial opens a connection, for requests that net/http's client cannot send.
func (s *Service) Dial() (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp4", s.Address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		s.t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// Write sends lines, the request line and the header of a request without a body.
func Write(t testing.TB, conn net.Conn, lines ...string) {
	t.Helper()
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

// Answer reads a response, including its body, and returns the status.
func Answer(t testing.TB, reader *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// Eventually waits until condition returns true. If it does not within [Patience], the test
// fails.
func Eventually(t testing.TB, description string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(Patience); !condition(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", Patience, description)
		}
	}
}

// Await waits until a server stops, and returns the error that the server has sent to
// served.
func Await(t testing.TB, served <-chan error) error {
	t.Helper()
	select {
	case err := <-served:
		return err
	case <-time.After(Patience):
		t.Fatal("the server does not end")
		return nil
	}
}
