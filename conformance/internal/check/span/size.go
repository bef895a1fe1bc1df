package span

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// spanSizeChecks returns the checks of the recorded body sizes.
func spanSizeChecks() []check.Check {
	return []check.Check{{
		ID:    "span/body-size",
		Level: check.Requirement,
		Rule: "http.request.body.size and http.response.body.size, if recorded, are the numbers of bytes in the bodies, also for a stream, a file and a part of a " +
			"file. The size of a response to HEAD, or with 204 or 304, is 0 or absent. An unknown size is absent, never negative.",
		Source: "HTTP semantic conventions v1.43, attributes http.request.body.size and http.response.body.size; bug reports of other instrumentations",
		Needs:  []contract.Capability{contract.BodySizes},
		EnvFor: check.OptIn(contract.BodySizes),
		Run:    checkBodySizes,
	}}
}

func checkBodySizes(p *probe.Probe) {
	file := p.Send(wire.Get("/file"))
	if file.Response.Status != 200 || len(file.Response.Body) != contract.FileSize {
		p.Cannot("the response to GET /file violates CONTRACT.md: got status %d and %d bytes, want 200 and %d bytes",
			file.Response.Status, len(file.Response.Body), contract.FileSize)
	}
	chunked := wire.Post("/echo", strings.Repeat("{}", 1000))
	chunked.Chunked = true
	exchanges := []probe.Exchange{
		file,
		p.Send(wire.Get("/stream")),
		p.Send(wire.Get("/process/1")),
		p.Send(wire.Get("/status/404")),
		p.Send(wire.Get("/status/204")),
		p.Send(wire.Post("/echo", strings.Repeat("{}", 50))),
		p.Send(chunked),
		p.Send(wire.Request{Method: "HEAD", Target: "/file"}),
		p.Send(wire.Get("/file", "Range: bytes=10-29")),
	}
	if modified := file.Response.Header.Get("Last-Modified"); modified != "" {
		exchanges = append(exchanges, p.Send(wire.Get("/file", "If-Modified-Since: "+modified)))
	}
	// The instrumentation may not know what a recovery middleware outside it sends, or
	// what follows on a hijacked connection.
	unknown := []probe.Exchange{
		p.Send(wire.Get("/panic")),
		p.Send(wire.Get("/upgrade", "Connection: Upgrade", "Upgrade: echo")),
	}
	p.Settle()
	requests, responses := hasAttribute(p, exchanges, "http.request.body.size"), hasAttribute(p, exchanges, "http.response.body.size")
	if !requests && !responses {
		p.NotApplicable("no span has http.request.body.size or http.response.body.size, which are Opt-In")
	}
	for _, x := range exchanges {
		server, ok := p.SettledServer(x)
		if !ok || !responses {
			continue
		}
		size := server.Attr("http.response.body.size")
		if size == nil && (x.Response.Header.Get("Content-Length") == "" || x.Response.Body == "") {
			// The size of a body without a Content-Length may be unknown, and a response
			// without a body has no size.
			continue
		}
		p.Equal("http.response.body.size of "+x.Label(), size, int64(len(x.Response.Body)))
	}
	for _, x := range exchanges {
		for _, server := range probe.OfKind(p.Trace(x.TraceID), otlptest.KindServer) {
			size := server.Attr("http.request.body.size")
			if size != nil || requests && x.Request.Body != "" && !x.Request.Chunked {
				p.Equal("http.request.body.size of "+x.Label(), size, int64(len(x.Request.Body)))
			}
		}
	}
	for _, x := range unknown {
		if server, ok := p.SettledServer(x); ok {
			size := server.Attr("http.response.body.size")
			p.True(size == nil || size == int64(len(x.Response.Body)), "http.response.body.size of "+x.Label(), probe.Show(size), "none, or the sent "+probe.Show(len(x.Response.Body)))
		}
	}
}

// hasAttribute reports whether a span of any of the exchanges has the attribute.
func hasAttribute(p *probe.Probe, exchanges []probe.Exchange, key string) bool {
	return slices.ContainsFunc(exchanges, func(x probe.Exchange) bool {
		return slices.ContainsFunc(p.SettledServers(x), func(s otlptest.Span) bool { return s.Attr(key) != nil })
	})
}
