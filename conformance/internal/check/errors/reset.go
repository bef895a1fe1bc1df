package errors

import (
	"context"
	"fmt"
	"io"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

func checkReset(p *probe.Probe) {
	// The handler writes nothing, and takes longer than the check waits for the span. So the
	// span arrives in time only if the reset ends it.
	exchanges := []probe.Exchange{resetBeforeAnswer(p, wire.Get("/slow/30000"), func(<-chan error) {
		// When Settle returns, the handler has begun.
		p.Settle()
	})}
	if p.Serves(wire.Post("/relay", "")) {
		exchanges = append(exchanges, resetDuringCall(p))
	}
	p.Settle()
	for _, x := range exchanges {
		checkSpanOfDisconnected(p, x)
	}
}

// resetDuringCall resets the stream of a request whose handler makes an outgoing call. When
// the call ends, the handler writes a response, which cannot be sent any more.
func resetDuringCall(p *probe.Probe) probe.Exchange {
	peer := p.Peer()
	letGo := peer.Holds(1)
	defer letGo()
	x := resetBeforeAnswer(p, wire.Post("/relay", peer.Relay("/held")), func(answered <-chan error) {
		select {
		case <-peer.Held:
		case err := <-answered:
			p.Cannot("the service violates CONTRACT.md: POST /relay over HTTP/2 ended without an outgoing call: %w", err)
		case <-p.Context().Done():
			p.Cannot("the service made no outgoing call for POST /relay over HTTP/2 within the time limit of the check")
		}
	})
	// The contract says that the reset cancels the call. If the service does not cancel it,
	// the deferred letGo ends the call after this wait.
	p.Within(time.Second, peer.IsIdle)
	return x
}

// resetBeforeAnswer sends the request over HTTP/2, calls waitForHandler, and then resets
// the stream. waitForHandler must wait until the handler has begun. If the request ends
// before the reset, the channel answered delivers an error.
func resetBeforeAnswer(p *probe.Probe, r wire.Request, waitForHandler func(answered <-chan error)) probe.Exchange {
	client := probe.HTTP2Client()
	defer client.CloseIdleConnections()
	ctx, reset := context.WithCancel(p.Context())
	defer reset()
	// Call waitForHandler only after the request is written. On a busy machine, the client
	// may need longer to write the request than waitForHandler waits.
	written := make(chan struct{})
	closeWritten := sync.OnceFunc(func() { close(written) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { closeWritten() }})
	request, x := p.HTTP2Request(ctx, r)
	answered, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		response, err := client.Do(request)
		switch {
		case err == nil:
			response.Body.Close()
			answered <- fmt.Errorf("got status %d", response.StatusCode)
		case ctx.Err() == nil:
			answered <- err
		}
	}()
	select {
	case <-written:
		waitForHandler(answered)
	case <-ended:
	}
	reset()
	<-ended
	select {
	case err := <-answered:
		p.Cannot("the response to %s %s over HTTP/2 violates CONTRACT.md: the request ended before the client reset the stream: %w", r.Method, r.Target, err)
	default:
	}
	x.Response.Lost = "the client reset the HTTP/2 stream"
	p.Keep(&x)
	return x
}

// resetDuringAnswer sends the request over HTTP/2 and resets the stream when the first
// event of the response has arrived.
func resetDuringAnswer(p *probe.Probe, r wire.Request) probe.Exchange {
	client := probe.HTTP2Client()
	defer client.CloseIdleConnections()
	ctx, reset := context.WithCancel(p.Context())
	defer reset()
	request, x := p.HTTP2Request(ctx, r)
	response, err := client.Do(request)
	if err != nil {
		p.Cannot("%s %s over HTTP/2: %w%s", r.Method, r.Target, err, p.Details())
	}
	defer response.Body.Close()
	event := make([]byte, len(contract.FirstEvent))
	if _, err := io.ReadFull(response.Body, event); err != nil || string(event) != contract.FirstEvent {
		p.Cannot("the response to %s %s over HTTP/2 violates CONTRACT.md: got %d %q%s, want a body that begins with %q", r.Method, r.Target, response.StatusCode, event, probe.Because(err), contract.FirstEvent)
	}
	x.Response = wire.Response{Status: response.StatusCode, Body: contract.FirstEvent, Lost: "the client reset the HTTP/2 stream"}
	p.Keep(&x)
	return x
}
