package fasthttpotel

import (
	"net"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
)

func TestMemoryOfLongRequests(t *testing.T) {
	httpservertest.CheckBounded(t, func(size int) httpserver.Request {
		var request fasthttp.Request
		request.SetRequestURI("/a?q=" + strings.Repeat("x", size))
		var server fasthttp.RequestCtx
		server.Init(&request, nil, nil)
		return Request(&server, false)
	})
}

func TestPeer(t *testing.T) {
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
		appended, port := appendPeer(nil, test.addr)
		if address := string(appended); address != test.address || port != test.port {
			t.Errorf("%v: got %q and %d, want %q and %d", test.addr, address, port, test.address, test.port)
		}
	}
}
