package probe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// Talk is a request on a connection of its own. The caller reads the response in parts.
// The connection is closed when the check ends.
type Talk struct {
	Exchange
	Conn   net.Conn
	Reader *bufio.Reader // reads from Conn
	Body   io.Reader     // set by Head
	// deadline is when the time of the check is over; zero if there is no limit.
	deadline time.Time
}

// Talk sends the request as a sampled caller in a new trace. The caller of Talk reads the
// response.
func (p *Probe) Talk(r wire.Request) *Talk {
	p.requireRoute(r)
	header, traceID, spanID := Traceparent("01")
	r.Header = append([]string{header}, r.Header...)
	conn, err := wire.Dial(p.ctx, p.instance.Addr)
	if err == nil {
		p.cleanups = append(p.cleanups, func() { conn.Close() })
		_, err = conn.Write(r.Bytes(p.instance.Addr))
	}
	if err != nil {
		p.Cannot("%s %.80s: %w%s", r.Method, r.Target, err, p.instance.Details())
	}
	deadline, _ := p.ctx.Deadline()
	return &Talk{
		Exchange: Exchange{Request: r, TraceID: traceID, SpanID: spanID},
		Conn:     conn, Reader: bufio.NewReader(conn), deadline: deadline,
	}
}

// GoesOn reports whether a read would return at once: because more of the response has
// arrived, or because the service has closed the connection.
func (t *Talk) GoesOn() bool {
	const waitTime = 10 * time.Millisecond
	if err := t.Conn.SetReadDeadline(time.Now().Add(waitTime)); err != nil {
		return false
	}
	needed := 1
	if chunkEnd, _ := t.Reader.Peek(2); string(chunkEnd) == "\r\n" {
		// The reader of Body leaves the line break after a chunk in Reader until it reads the
		// next chunk. So these two bytes do not mean that more of the response has arrived.
		needed = 3
	}
	_, err := t.Reader.Peek(needed)
	_ = t.Conn.SetReadDeadline(t.deadline)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// Head reads the header of the response, but not the body.
func (t *Talk) Head() error {
	response, err := http.ReadResponse(t.Reader, &http.Request{Method: t.Request.Method}) //nolint:bodyclose // the connection is closed instead
	if err != nil {
		return fmt.Errorf("no response to %s %.80s: %w", t.Request.Method, t.Request.Target, err)
	}
	t.Response.Status, t.Response.Header, t.Body = response.StatusCode, response.Header, response.Body
	return nil
}

// Drain reads the rest of the body, or the rest of a hijacked connection.
func (t *Talk) Drain() {
	if t.Response.Status == http.StatusSwitchingProtocols {
		t.Body = t.Reader
	}
	body, err := io.ReadAll(t.Body)
	t.Response.Body += string(body)
	if err != nil {
		t.Response.Lost = err.Error()
	}
}

// DrainWithin is like Drain, but reads for at most d, and not longer than the check may take. It
// reports whether the body has ended.
func (t *Talk) DrainWithin(d time.Duration) bool {
	limit := time.Now().Add(d)
	if !t.deadline.IsZero() && t.deadline.Before(limit) {
		limit = t.deadline
	}
	_ = t.Conn.SetReadDeadline(limit)
	t.Drain()
	return time.Now().Before(limit)
}

// Whole reads the complete response.
func (t *Talk) Whole() {
	response, err := wire.ReadResponse(t.Reader, t.Request.Method)
	if err != nil {
		response.Lost = err.Error()
	}
	t.Response = response
}

// Leave sends a request and closes the connection before the response, or, for GET
// /endless, after the first event.
func (p *Probe) Leave(r wire.Request) Exchange {
	x, waited := p.TryToLeave(r)
	if !waited {
		p.Cannot("the response to %s %s violates CONTRACT.md: it began at once, want it to begin after the delay in the path", r.Method, r.Target)
	}
	return x
}

// TryToLeave is like Leave, for a service that may answer at once. waited is true if the
// service had not answered when the connection was closed.
func (p *Probe) TryToLeave(r wire.Request) (x Exchange, waited bool) {
	talk := p.Talk(r)
	waited = true
	if r.Target == "/endless" {
		err := talk.Head()
		event := make([]byte, len(contract.FirstEvent))
		if err == nil {
			_, err = io.ReadFull(talk.Body, event)
		}
		if contract.IsMissing(talk.Response.Status) {
			p.Cannot("the service does not have GET /endless, although the subject declares the capability %q", contract.Disconnect)
		}
		if err != nil || string(event) != contract.FirstEvent {
			p.Cannot("the response to GET /endless violates CONTRACT.md: got %d %q%s, want a body that begins with %q%s", talk.Response.Status, event, Because(err), contract.FirstEvent, p.Details())
		}
		talk.Response.Body = contract.FirstEvent
	} else {
		// When Settle returns, the handler has begun.
		p.Settle()
		waited = !talk.GoesOn()
	}
	talk.Conn.Close()
	talk.Response.Lost = "the client disconnected"
	p.Keep(&talk.Exchange)
	return talk.Exchange, waited
}
