package probe

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/wire"
)

// HTTP2Client returns a client that uses HTTP/2 without TLS, on a connection of its own.
func HTTP2Client() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: protocols}}
}

// HTTP2Request converts r to an http.Request with the traceparent of a sampled caller in a
// new trace. It also returns the exchange for that request, still without a response.
func (p *Probe) HTTP2Request(ctx context.Context, r wire.Request) (*http.Request, Exchange) {
	request, err := http.NewRequestWithContext(ctx, r.Method, "http://"+p.Address()+r.Target, strings.NewReader(r.Body))
	if err != nil {
		p.Cannot("%s %s: %w", r.Method, r.Target, err)
	}
	header, traceID, spanID := Traceparent("01")
	r.Header = append([]string{header}, r.Header...)
	for _, line := range r.Header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	return request, Exchange{Request: r, TraceID: traceID, SpanID: spanID}
}

// SendHTTP2 is like [Probe.Send], but uses HTTP/2.
func (p *Probe) SendHTTP2(r wire.Request) Exchange {
	p.requireRoute(r)
	client := HTTP2Client()
	defer client.CloseIdleConnections()
	request, x := p.HTTP2Request(p.ctx, r)
	response, err := client.Do(request)
	if err != nil {
		p.Cannot("%s %s over HTTP/2: %w%s", r.Method, r.Target, err, p.Details())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.Cannot("%s %s over HTTP/2: %w%s", r.Method, r.Target, err, p.Details())
	}
	x.Response = wire.Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
	p.Keep(&x)
	return x
}
