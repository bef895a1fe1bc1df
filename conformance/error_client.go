package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// clientChecks are about clients that leave.
func clientChecks() []Check {
	return []Check{
		{
			ID:    "error/disconnect",
			Level: Requirement,
			Rule: "When the client goes away before the answer was sent in full, the span's status is ERROR, with an error.type that tells " +
				"it from an answer with 5xx, and a status code only if one was sent.",
			Source: `HTTP semantic conventions v1.43, "Status" and attributes error.type and http.response.status_code`,
			Needs:  []Capability{Disconnect},
			run:    errorDisconnect,
		},
		{
			ID:    "error/answered",
			Level: Requirement,
			Rule: "An answer that went out whole is judged by its status, as any other: also when the client has closed its half of the connection before, " +
				"or leaves, and so ends the request's context, while the handler goes on.",
			Source: `HTTP semantic conventions v1.43, "Status" and attribute error.type; users of today's packages`,
			run:    errorAnswered,
		},
	}
}

func errorDisconnect(p *Probe) {
	// Longer than the check waits for the span.
	before := p.leave(Get("/slow/30000"))
	exchanges := []Exchange{before, p.leave(Get("/endless"))}
	if p.subject.Capabilities[HTTP2] {
		exchanges = append(exchanges, p.reset(Get("/endless")))
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		errorType, _ := server.Attr("error.type").(string)
		p.True(errorType != "" && !isServerError(errorType), "error.type of "+x.label()+" when the client has left", show(server.Attr("error.type")),
			"one that is no status of 5xx")
		p.Equal("status of the span of "+x.label()+" when the client has left", server.Status(), otlptest.StatusError)
		code := server.Attr("http.response.status_code")
		if x.Response.Status != 0 {
			p.Equal("http.response.status_code of "+x.label()+", which was sent", code, any(int64(x.Response.Status)))
			continue
		}
		sent, _ := code.(int64)
		p.True(code == nil || sent >= http.StatusBadRequest, "http.response.status_code of "+x.label()+", whose client left before it was answered",
			show(code), "none")
	}
}

// isServerError reports whether an error.type is a status from 500 on.
func isServerError(errorType string) bool {
	return len(errorType) == 3 && strings.HasPrefix(errorType, "5")
}

// leave sends the request of a client that goes away: from GET /endless after the
// first event, from anything else before the answer.
func (p *Probe) leave(r Request) Exchange {
	left := p.talk(r)
	if r.Target == "/endless" {
		err := left.head()
		event := make([]byte, len(firstEvent))
		if err == nil {
			_, err = io.ReadFull(left.body, event)
		}
		if err != nil || string(event) != firstEvent {
			p.cannot("GET /endless is not answered as CONTRACT.md says: got %d %q (%v)%s", left.Response.Status, event, err, p.instance.printed())
		}
		left.Response.Body = firstEvent
	} else {
		// The handler has begun by then.
		p.Settle()
	}
	left.conn.Close()
	left.Response.Lost = "the client left"
	p.keep(&left.Exchange)
	return left.Exchange
}

// reset sends the request over HTTP/2, and resets the stream after the first event
// of the answer.
func (p *Probe) reset(r Request) Exchange {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.Method, "http://"+p.instance.addr+r.Target, http.NoBody)
	if err != nil {
		p.cannot("%s %s: %w", r.Method, r.Target, err)
	}
	header, traceID, spanID := traceparent("01")
	request.Header.Set("Traceparent", strings.TrimPrefix(header, "Traceparent: "))
	response, err := client.Do(request)
	if err != nil {
		p.cannot("%s %s over HTTP/2: %w%s", r.Method, r.Target, err, p.instance.printed())
	}
	defer response.Body.Close()
	event := make([]byte, len(firstEvent))
	if _, err := io.ReadFull(response.Body, event); err != nil || string(event) != firstEvent {
		p.cannot("%s %s over HTTP/2 is not answered as CONTRACT.md says: got %d %q (%v)", r.Method, r.Target, response.StatusCode, event, err)
	}
	r.Header = append([]string{header}, r.Header...)
	x := Exchange{
		Request: r, Response: Response{Status: response.StatusCode, Body: firstEvent, Lost: "the client reset the stream of HTTP/2"},
		TraceID: traceID, SpanID: spanID,
	}
	p.keep(&x)
	return x
}

func errorAnswered(p *Probe) {
	judged := 0
	for _, code := range []int{200, 204, 404, 500} {
		usual := p.judgement(func() Exchange { return p.Send(Get(fmt.Sprintf("/status/%d", code))) })
		for what, send := range map[string]func() Exchange{
			"whose client had closed its half of the connection": func() Exchange { return p.halfClosed(Get(fmt.Sprintf("/deaf/%d", code))) },
			"whose client left while the handler went on":        func() Exchange { return p.Send(Get(fmt.Sprintf("/late/%d", code))) },
		} {
			got := p.judgement(send)
			if got == nil {
				continue
			}
			judged++
			for key, value := range sorted(usual) {
				p.Equal(fmt.Sprintf("%s of an answer with %d, %s", key, code, what), got[key], value)
			}
		}
	}
	if judged == 0 {
		panic(suiteError{inapplicable{"the service answers none of GET /deaf/{code} and GET /late/{code} in full"}})
	}
}

// judgement returns what span and duration say about how an exchange went, nil if
// it was not answered in full.
func (p *Probe) judgement(send func() Exchange) map[string]any {
	var x Exchange
	grown := p.measure(func() {
		if x = send(); isWhole(x) {
			// The handler may go on for a moment.
			p.Settle()
			p.settledServers(x)
		}
	})
	if !isWhole(x) {
		return nil
	}
	said := make(map[string]any)
	if server, ok := p.settledServer(x); ok {
		said["status of the span"] = server.Status()
		said["description of the status"] = server.StatusMessage()
		said["http.response.status_code of the span"] = server.Attr("http.response.status_code")
		said["error.type of the span"] = server.Attr("error.type")
	}
	points := grown.of(durationMetric)
	said["series of "+durationMetric+" that grew"] = len(points)
	if len(points) == 1 {
		said["http.response.status_code of "+durationMetric] = points[0].Attributes["http.response.status_code"]
		said["error.type of "+durationMetric] = points[0].Attributes["error.type"]
	}
	return said
}

// isWhole reports whether the client has got the answer that was asked for.
func isWhole(x Exchange) bool {
	return x.Response.Lost == "" && x.Response.Status != 0 && x.Response.Status != http.StatusNotImplemented
}

// halfClosed sends a request, closes its own half of the connection at once, and
// reads the answer.
func (p *Probe) halfClosed(r Request) Exchange {
	t := p.talk(r)
	if half, ok := t.conn.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			p.cannot("%s %s: %w", r.Method, r.Target, err)
		}
	}
	t.whole()
	p.keep(&t.Exchange)
	return t.Exchange
}
