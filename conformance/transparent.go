package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// bare starts the service without its instrumentation.
const bare = "SAMESPAN_BARE=true"

// transparentChecks are about the application that cannot tell.
func transparentChecks() []Check {
	return []Check{
		{
			ID:     "transparent/response",
			Level:  Choice,
			Rule:   "Status, headers and body of every response are byte for byte those of the service without instrumentation, and it prints nothing more.",
			Source: "users of today's packages",
			Needs:  []Capability{Bare},
			run:    sameResponses,
		},
		{
			ID:     "transparent/writer",
			Level:  Choice,
			Rule:   "The response writer offers what it offers without instrumentation, over HTTP/1.1 and HTTP/2: flushing, hijacking, ReadFrom, push and http.ResponseController.",
			Source: "users of today's packages",
			Needs:  []Capability{Bare, ResponseWriter},
			run:    sameWriter,
		},
		{
			ID:    "transparent/rewrite",
			Level: Choice,
			Rule: "A middleware that changes method and path before the request is routed, outside the instrumentation or inside, " +
				"has the effect that it has without the instrumentation.",
			Source: "users of today's packages",
			Needs:  []Capability{Bare, Rewrite},
			run:    rewritten,
		},
		{
			ID:     "transparent/stream",
			Level:  Choice,
			Rule:   "The first event of a stream reaches the client before the handler has ended, and the span lasts until the body has.",
			Source: "users of today's packages",
			run:    stream,
		},
		{
			ID:     "transparent/upgrade",
			Level:  Choice,
			Rule:   "A connection that is taken over for another protocol works as ever: status 101, one span, which is no error.",
			Source: "users of today's packages; RFC 9110, section 7.8",
			run:    upgraded,
		},
		{
			ID:     "transparent/multipart",
			Level:  Choice,
			Rule:   "The temporary files of an upload are gone after the response.",
			Source: "users of today's packages; net/http, Request.MultipartForm",
			run:    multipart,
		},
	}
}

// stream reads an answer that the service holds until it is let go.
func stream(p *Probe) {
	t := p.talk(Get("/held"))
	letGo := func() { p.SendAs(Request{Method: "POST", Target: "/held"}) }
	first := make(chan error, 1)
	go func() {
		err := t.head()
		if err == nil {
			event := make([]byte, len(firstEvent))
			if _, err = io.ReadFull(t.body, event); err == nil && string(event) != firstEvent {
				err = fmt.Errorf("the body begins with %q", event)
			}
		}
		first <- err
	}()
	timer := time.NewTimer(lateness)
	defer timer.Stop()
	select {
	case err := <-first:
		if err != nil {
			letGo()
			p.cannot("GET /held is not answered as CONTRACT.md says: %w", err)
		}
	case <-timer.C:
		p.Problem("first event of a stream", "that it comes only once the handler has ended", "that it reaches the client before")
		letGo()
		return
	}
	p.Settle()
	p.Equal("server spans before the body has ended", len(ofKind(p.trace(t.TraceID), otlptest.KindServer)), 0)
	before := time.Now()
	letGo()
	t.drain()
	p.keep(&t.Exchange)
	p.Settle()
	if server, ok := p.settledServer(t.Exchange); ok {
		p.True(!server.End().Before(before), "end of the server span", show(before.Sub(server.End()))+" before the body's", "not before the body has ended")
		p.Equal("status of the span of a stream", server.Status(), otlptest.StatusUnset)
	}
}

// firstEvent is that of GET /held, and of GET /endless.
const firstEvent = "data: 1\n\n"

// upgraded talks the protocol that GET /upgrade switches to.
func upgraded(p *Probe) {
	t := p.talk(Get("/upgrade", "Connection: Upgrade", "Upgrade: echo"))
	err := t.head()
	if err != nil {
		p.Problem("answer to an upgrade", err.Error(), "101")
		return
	}
	p.keep(&t.Exchange)
	if !p.Equal("status of the answer to an upgrade", t.Response.Status, 101) {
		return
	}
	const message = "hello\n"
	_, err = t.conn.Write([]byte(message))
	line := ""
	if err == nil {
		line, err = t.reader.ReadString('\n')
	}
	p.True(err == nil && line == message, "message over the connection that was taken over", show(line)+" "+fmt.Sprint(err), show(message))
	t.drain()
	p.Settle()
	if server, ok := p.settledServer(t.Exchange); ok {
		p.True(server.Status() != otlptest.StatusError, "status of the span of an upgrade", string(server.Status()), "no error")
		p.attribute(server, "http.response.status_code", int64(101))
	}
}

// multipart uploads a file that the service keeps on disk while it answers.
func multipart(p *Probe) {
	const boundary = "conformance"
	var body bytes.Buffer
	fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.txt\"\r\nContent-Type: text/plain\r\n\r\n", boundary)
	body.WriteString(strings.Repeat("a line of a large file\r\n", 4096))
	fmt.Fprintf(&body, "\r\n--%s--\r\n", boundary)
	x := p.Send(Request{
		Method: "POST", Target: "/upload", Body: body.String(),
		Header: []string{"Content-Type: multipart/form-data; boundary=" + boundary},
	})
	var uploaded struct {
		Files []string `json:"files"`
		Bytes int64    `json:"bytes"`
	}
	p.answerJSON(x, &uploaded)
	ctx, cancel := context.WithTimeout(p.ctx, lateness)
	defer cancel()
	for _, file := range uploaded.Files {
		p.True(p.gone(ctx, file), "temporary file "+file+" after the response", "still there", "that it is gone")
	}
}

// gone waits until there is no such file: the service may remove it a moment
// after the client has the answer.
func (p *Probe) gone(ctx context.Context, file string) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(file); os.IsNotExist(err) {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// sameAnswer records a problem unless an answer's status and body are as
// before.
func (p *Probe) sameAnswer(what string, got, want Response) {
	p.Equal("status of "+what, got.Status, want.Status)
	p.Equal("body of "+what, got.Body, want.Body)
	p.Equal("whole answer to "+what, got.Lost == "", want.Lost == "")
}
