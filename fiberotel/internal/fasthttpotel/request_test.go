package fasthttpotel

import (
	"bufio"
	"net"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestExclusionOfUnreadRequests proves that the exclusion rules give the same result before
// and after the engine reads a request.
func TestExclusionOfUnreadRequests(t *testing.T) {
	httpservertest.CheckUnread(t, func(raw string) (httpserver.Request, error) {
		var request fasthttp.Request
		if err := request.Read(bufio.NewReader(strings.NewReader(raw))); err != nil {
			return httpserver.Request{}, err
		}
		requestCtx := new(fasthttp.RequestCtx)
		requestCtx.Init(&request, nil, nil)
		return httpserver.Request{Header: Header(requestCtx, false)}, nil
	})
}

// TestMemoryOfLongRequests proves that a long request does not stay in memory until its span
// is exported.
func TestMemoryOfLongRequests(t *testing.T) {
	httpservertest.CheckBounded(t, func(size int) httpserver.Request {
		var request fasthttp.Request
		request.SetRequestURI("/a?q=" + strings.Repeat("x", size))
		var requestCtx fasthttp.RequestCtx
		requestCtx.Init(&request, nil, nil)
		// Clear the query, which may be long here: the engine shortens and copies it later.
		read := httpserver.Request{Header: Header(&requestCtx, false)}
		read = httpservertest.Read(t, read)
		read.Query, read.Header = "", nil
		return read
	})
}

func TestAppendPeer(t *testing.T) {
	tests := []struct {
		addr    net.Addr
		address string
		port    int
	}{
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4711}, "192.0.2.1", 4711},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 4711}, "2001:db8::1", 4711},
		{&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0", Port: 4711}, "fe80::1%eth0", 4711},
		{&net.TCPAddr{}, "", 0},
		{&net.UnixAddr{Name: "@", Net: "unix"}, "", 0},
	}
	for _, test := range tests {
		appended, port := appendHost(nil, test.addr)
		if address := string(appended); address != test.address || port != test.port {
			t.Errorf("%v: got %q and %d, want %q and %d", test.addr, address, port, test.address, test.port)
		}
	}
}
