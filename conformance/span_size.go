package conformance

import (
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// fileSize is the size of the contract's file.
const fileSize = 100_000

// spanSizeChecks are about the sizes of bodies.
func spanSizeChecks() []Check {
	return []Check{{
		ID:    "span/body-size",
		Level: Requirement,
		Rule: "http.request.body.size and http.response.body.size are the bytes that were sent: of a stream, a file, a part of a file, " +
			"0 for HEAD, 204 and 304; where a size is not known it is absent, and never negative.",
		Source: "HTTP semantic conventions v1.43, attributes http.request.body.size and http.response.body.size; users of today's packages",
		Needs:  []Capability{BodySizes},
		EnvFor: optIn(BodySizes),
		run:    spanBodySize,
	}}
}

func spanBodySize(p *Probe) {
	file := p.Send(Get("/file"))
	if file.Response.Status != 200 || len(file.Response.Body) != fileSize {
		p.cannot("GET /file is not answered as CONTRACT.md says: got status %d and %d bytes, want 200 and %d",
			file.Response.Status, len(file.Response.Body), fileSize)
	}
	chunked := Post("/echo", strings.Repeat("{}", 1000))
	chunked.Chunked = true
	exchanges := []Exchange{
		file,
		p.Send(Get("/stream")),
		p.Send(Get("/process/1")),
		p.Send(Get("/status/404")),
		p.Send(Get("/status/204")),
		p.Send(Post("/echo", strings.Repeat("{}", 50))),
		p.Send(chunked),
		p.Send(Request{Method: "HEAD", Target: "/file"}),
		p.Send(Get("/file", "Range: bytes=10-29")),
	}
	if modified := file.Response.Header.Get("Last-Modified"); modified != "" {
		exchanges = append(exchanges, p.Send(Get("/file", "If-Modified-Since: "+modified)))
	}
	// What the recovery further out sends, and what follows on a connection
	// that was taken over, an instrumentation may not know.
	unknown := []Exchange{
		p.Send(Get("/panic")),
		p.Send(Get("/upgrade", "Connection: Upgrade", "Upgrade: echo")),
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		size := server.Attr("http.response.body.size")
		if size == nil && (x.Response.Header.Get("Content-Length") == "" || x.Response.Body == "") {
			// What declares no length may be of unknown size, and what has no body
			// of none.
			continue
		}
		p.Equal("http.response.body.size of "+x.label(), size, int64(len(x.Response.Body)))
	}
	for _, x := range exchanges {
		for _, server := range ofKind(p.trace(x.TraceID), otlptest.KindServer) {
			size := server.Attr("http.request.body.size")
			if size != nil || x.Request.Body != "" && !x.Request.Chunked {
				p.Equal("http.request.body.size of "+x.label(), size, int64(len(x.Request.Body)))
			}
		}
	}
	for _, x := range unknown {
		if server, ok := p.settledServer(x); ok {
			size := server.Attr("http.response.body.size")
			p.True(size == nil || size == int64(len(x.Response.Body)), "http.response.body.size of "+x.label(), show(size), "none, or what was sent")
		}
	}
}
