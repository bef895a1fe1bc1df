package wire

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Request is a raw HTTP/1.1 request; it may be invalid.
type Request struct {
	Method string
	// Target is the path with its query, as sent.
	Target string
	// Host is the Host header; "" means the address of the service.
	Host string
	// Header are the headers in order, each "Name: value". The suite adds Host,
	// Connection and, if there is a body, Content-Length.
	Header []string
	Body   string
	// Chunked sends the body in chunks, without a length.
	Chunked bool
}

// Get returns a GET request.
func Get(target string, header ...string) Request {
	return Request{Method: http.MethodGet, Target: target, Header: header}
}

// Post returns a POST request with a JSON body.
func Post(target, body string, header ...string) Request {
	return Request{Method: http.MethodPost, Target: target, Header: append(header, "Content-Type: application/json"), Body: body}
}

// Path returns the target without its query.
func (r Request) Path() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return path
}

// Bytes returns the raw request.
func (r Request) Bytes(addr string) []byte {
	var b bytes.Buffer
	host := r.Host
	if host == "" {
		host = addr
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Target, host)
	for _, line := range r.Header {
		b.WriteString(line + "\r\n")
	}
	if !r.hasHeader("Connection") {
		b.WriteString("Connection: close\r\n")
	}
	switch {
	case r.Chunked:
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(r.Body), r.Body)
	case r.Body != "" || r.Method == http.MethodPost:
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n\r\n" + r.Body)
	default:
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

func (r Request) hasHeader(name string) bool {
	for _, line := range r.Header {
		if key, _, _ := strings.Cut(line, ":"); strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}

// Response is an HTTP response. If Lost is not "", only a part of the response has arrived.
type Response struct {
	Status int
	Header http.Header
	Body   string
	// Lost is the error that ended an incomplete response, for example because the service
	// closed the connection. The other fields contain the part that was received.
	Lost string
}

// String returns the status and the beginning of the body, for messages, and why the
// response is incomplete.
func (r Response) String() string {
	switch {
	case r.Status == 0 && r.Lost == "":
		return "no response"
	case r.Status == 0:
		return "no response: " + r.Lost
	case r.Lost == "":
		return fmt.Sprintf("%d %.80q", r.Status, r.Body)
	default:
		return fmt.Sprintf("%d %.80q, then %s", r.Status, r.Body, r.Lost)
	}
}

// Dial connects to the service. The caller must close the connection.
func Dial(ctx context.Context, addr string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to the service: %w", err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// closeTimeout limits the wait for the connection to close after its last response. RFC
// 9112, section 9.6, requires the service to close it.
const closeTimeout = time.Second

// SendToEnd is like [Send], but also waits until the service has closed the connection.
// Only then has the service finished processing the request: in a fasthttp server, for
// example, a span may end after the response is sent.
func SendToEnd(ctx context.Context, addr string, r Request) (Response, error) {
	response, _, err := SendTimed(ctx, addr, r)
	return response, err
}

// SendTimed is like [SendToEnd], but also returns the time from the start until the response
// was read. That time does not include the wait for the connection to close.
func SendTimed(ctx context.Context, addr string, r Request) (response Response, took time.Duration, err error) {
	began := time.Now()
	response, err = sendOverNewConn(ctx, addr, r, func(conn net.Conn) {
		took = time.Since(began)
		if r.hasHeader("Connection") {
			return // The connection may be kept alive or hijacked.
		}
		if err := conn.SetReadDeadline(time.Now().Add(closeTimeout)); err == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	})
	if took == 0 {
		took = time.Since(began) // The function above was not called: there is no complete response.
	}
	return response, took, err
}

// Send sends r and reads the response.
func Send(ctx context.Context, addr string, r Request) (Response, error) {
	return sendOverNewConn(ctx, addr, r, func(net.Conn) {})
}

// sendOverNewConn sends r over a new connection and reads the response. It calls answered
// before it closes the connection, unless reading the response has failed.
func sendOverNewConn(ctx context.Context, addr string, r Request, answered func(net.Conn)) (Response, error) {
	conn, err := Dial(ctx, addr)
	if err != nil {
		return Response{}, err
	}
	defer conn.Close()
	// A write error is not yet a failure, since the service may answer and close the
	// connection before it has read a large request.
	_, writeErr := conn.Write(r.Bytes(addr))
	response, err := ReadResponse(bufio.NewReader(conn), r.Method)
	if err != nil && writeErr != nil {
		err = fmt.Errorf("%w (and %w)", err, writeErr)
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // of the connection itself
		return response, fmt.Errorf("no response to %s %.80s within the time limit", r.Method, r.Target)
	}
	if err != nil {
		response.Lost = err.Error()
	} else {
		answered(conn)
	}
	return response, nil
}

// ReadResponse reads one final response, after any interim ones.
func ReadResponse(r *bufio.Reader, method string) (Response, error) {
	request := &http.Request{Method: method}
	response, err := http.ReadResponse(r, request)
	for err == nil && response.StatusCode < http.StatusOK && response.StatusCode != http.StatusSwitchingProtocols {
		response, err = http.ReadResponse(r, request)
	}
	if err != nil {
		return Response{}, err
	}
	defer response.Body.Close()
	answer := Response{Status: response.StatusCode, Header: response.Header}
	if response.StatusCode == http.StatusSwitchingProtocols {
		return answer, nil
	}
	body, err := io.ReadAll(response.Body)
	answer.Body = string(body)
	return answer, err
}
