package fasthttpotel

import (
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/received"
)

// unread is the requestHeader of a request that the engine has not read yet,
// and unreadVerbatim the same for verbatimHeader.
type (
	unread         fasthttp.RequestCtx
	unreadVerbatim fasthttp.RequestCtx
)

var (
	_ received.Request[httpserver.Request] = (*unread)(nil)
	_ received.RawHeader                   = (*unread)(nil)
	_ received.Request[httpserver.Request] = (*unreadVerbatim)(nil)
)

func (u *unread) header() *requestHeader         { return (*requestHeader)(&u.Request.Header) }
func (u *unread) Get(name string) string         { return u.header().Get(name) }
func (u *unread) RawValues(name string) [][]byte { return u.header().RawValues(name) }
func (u *unread) Values(name string) []string    { return u.header().Values(name) }
func (u *unread) Keys() []string                 { return u.header().Keys() }
func (u *unread) Excluded(rules *exclude.Rules) bool {
	return excluded((*fasthttp.RequestCtx)(u), rules)
}

func (u *unread) PeerUnix() bool { return isUnix((*fasthttp.RequestCtx)(u)) }

func (u *unread) Read() httpserver.Request {
	request := read((*fasthttp.RequestCtx)(u))
	request.Header = u.header()
	return request
}

func (u *unreadVerbatim) header() *verbatimHeader     { return (*verbatimHeader)(&u.Request.Header) }
func (u *unreadVerbatim) Get(name string) string      { return u.header().Get(name) }
func (u *unreadVerbatim) Values(name string) []string { return u.header().Values(name) }
func (u *unreadVerbatim) Keys() []string              { return u.header().Keys() }

func (u *unreadVerbatim) Excluded(rules *exclude.Rules) bool {
	return excluded((*fasthttp.RequestCtx)(u), rules)
}

func (u *unreadVerbatim) PeerUnix() bool { return isUnix((*fasthttp.RequestCtx)(u)) }

func (u *unreadVerbatim) Read() httpserver.Request {
	request := read((*fasthttp.RequestCtx)(u))
	request.Header = u.header()
	return request
}
