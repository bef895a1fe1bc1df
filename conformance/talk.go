package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// talk is a request whose answer the check reads piece by piece, over a
// connection of its own that ends with the check.
type talk struct {
	Exchange
	conn   net.Conn
	reader *bufio.Reader
	body   io.Reader
}

// talk sends the request as the call of a sampled caller with a trace of its
// own, and leaves the answer to the check.
func (p *Probe) talk(r Request) *talk {
	header, traceID, spanID := traceparent("01")
	r.Header = append([]string{header}, r.Header...)
	conn, err := dial(p.ctx, p.instance.addr)
	if err == nil {
		p.cleanups = append(p.cleanups, func() { conn.Close() })
		_, err = conn.Write(r.bytes(p.instance.addr))
	}
	if err != nil {
		p.cannot("%s %.80s: %w%s", r.Method, r.Target, err, p.instance.printed())
	}
	return &talk{
		Exchange: Exchange{Request: r, TraceID: traceID, SpanID: spanID},
		conn:     conn, reader: bufio.NewReader(conn),
	}
}

// head reads the answer's head; its body is left to read.
func (t *talk) head() error {
	response, err := http.ReadResponse(t.reader, &http.Request{Method: t.Request.Method}) //nolint:bodyclose // closing it would be the connection's end
	if err != nil {
		return fmt.Errorf("no answer to %s %.80s: %w", t.Request.Method, t.Request.Target, err)
	}
	t.Response.Status, t.Response.Header, t.body = response.StatusCode, response.Header, response.Body
	return nil
}

// drain reads what is left of the body, or of a connection that was taken
// over.
func (t *talk) drain() {
	if t.Response.Status == http.StatusSwitchingProtocols {
		t.body = t.reader
	}
	body, err := io.ReadAll(t.body)
	t.Response.Body += string(body)
	if err != nil {
		t.Response.Lost = err.Error()
	}
}

// whole reads the answer from its beginning to its end.
func (t *talk) whole() {
	response, err := readResponse(t.reader, t.Request.Method)
	if err != nil {
		response.Lost = err.Error()
	}
	t.Response = response
}
