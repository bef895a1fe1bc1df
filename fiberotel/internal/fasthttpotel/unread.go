package fasthttpotel

import (
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/received"
)

// unreadHeader is the Header of an [httpserver.Request] until the engine calls Read, which
// reads the request and replaces the Header with a requestHeader.
// unreadVerbatimHeader is similar, but Read replaces it with a verbatimHeader.
type (
	unreadHeader         fasthttp.RequestCtx
	unreadVerbatimHeader fasthttp.RequestCtx
)

var (
	_ received.Request[httpserver.Request] = (*unreadHeader)(nil)
	_ received.RawHeader                   = (*unreadHeader)(nil)
	_ received.Request[httpserver.Request] = (*unreadVerbatimHeader)(nil)
)

// header returns the header of the request with the methods of a requestHeader.
func (u *unreadHeader) header() *requestHeader         { return (*requestHeader)(&u.Request.Header) }
func (u *unreadHeader) Get(name string) string         { return u.header().Get(name) }
func (u *unreadHeader) RawValues(name string) [][]byte { return u.header().RawValues(name) }
func (u *unreadHeader) Values(name string) []string    { return u.header().Values(name) }
func (u *unreadHeader) Keys() []string                 { return u.header().Keys() }
func (u *unreadHeader) Excluded(rules *exclude.Rules) bool {
	return isExcluded((*fasthttp.RequestCtx)(u), rules)
}

func (u *unreadHeader) PeerUnix() bool { return isUnixSocket((*fasthttp.RequestCtx)(u)) }

func (u *unreadHeader) Read() httpserver.Request {
	request := readRequest((*fasthttp.RequestCtx)(u))
	request.Header = u.header()
	return request
}

// header returns the header of the request with the methods of a verbatimHeader.
func (u *unreadVerbatimHeader) header() *verbatimHeader     { return (*verbatimHeader)(&u.Request.Header) }
func (u *unreadVerbatimHeader) Get(name string) string      { return u.header().Get(name) }
func (u *unreadVerbatimHeader) Values(name string) []string { return u.header().Values(name) }
func (u *unreadVerbatimHeader) Keys() []string              { return u.header().Keys() }

func (u *unreadVerbatimHeader) Excluded(rules *exclude.Rules) bool {
	return isExcluded((*fasthttp.RequestCtx)(u), rules)
}

func (u *unreadVerbatimHeader) PeerUnix() bool { return isUnixSocket((*fasthttp.RequestCtx)(u)) }

func (u *unreadVerbatimHeader) Read() httpserver.Request {
	request := readRequest((*fasthttp.RequestCtx)(u))
	request.Header = u.header()
	return request
}
