package fasthttpotel

import (
	"bufio"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

func TestHeaderReadsAllValues(t *testing.T) {
	const received = "GET / HTTP/1.1\r\nHost: example.com\r\nx-tenant: one\r\nX-TENANT: two\r\nX-Empty:\r\n" +
		"Cookie: a=b\r\nUser-Agent: probe\r\n\r\n"
	parse := func(h *fasthttp.RequestHeader) {
		if err := h.Read(bufio.NewReader(strings.NewReader(received))); err != nil {
			t.Fatal(err)
		}
	}
	var normal, verbatim fasthttp.RequestHeader
	verbatim.DisableNormalizing()
	parse(&normal)
	parse(&verbatim)
	var response fasthttp.ResponseHeader
	response.Add("X-Tenant", "one")
	response.Add("X-Tenant", "two")
	response.Set("Content-Type", "text/plain")
	for _, value := range []string{"a=1", "b=2"} {
		var cookie fasthttp.Cookie
		if err := cookie.Parse(value); err != nil {
			t.Fatal(err)
		}
		response.SetCookie(&cookie)
	}

	tests := []struct {
		name   string
		header httpserver.Header
		want   map[string][]string
		keys   []string // names that Keys must return, among others
	}{
		{"request", (*requestHeader)(&normal), map[string][]string{
			"X-Tenant": {"one", "two"}, "User-Agent": {"probe"}, "Host": {"example.com"}, "Cookie": {"a=b"},
			"X-Empty": {""}, "X-None": nil, "Content-Length": nil, "Trailer": nil,
		}, []string{"Host", "User-Agent", "X-Tenant", "Cookie"}},
		{"verbatim request", (*verbatimHeader)(&verbatim), map[string][]string{
			"X-Empty": {""}, "X-Tenant": {"one", "two"}, "User-Agent": {"probe"}, "Cookie": {"a=b"}, "X-None": nil,
		}, []string{"Host", "x-tenant", "X-TENANT"}},
		{"response", (*responseHeader)(&response), map[string][]string{
			"X-Tenant": {"one", "two"}, "Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}, "X-None": nil, "Content-Length": nil,
		}, []string{"Content-Type", "Set-Cookie", "X-Tenant"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, want := range test.want {
				if got := test.header.Values(name); !slices.Equal(got, want) {
					t.Errorf("got %s %q, want %q", name, got, want)
				}
				first := ""
				if len(want) > 0 {
					first = want[0]
				}
				if got := test.header.Get(name); got != first && name != "Set-Cookie" {
					t.Errorf("got first %s %q, want %q", name, got, first)
				}
			}
			keys := test.header.Keys()
			for _, key := range test.keys {
				if !slices.Contains(keys, key) {
					t.Errorf("got keys %q without %s", keys, key)
				}
			}
			if sorted := slices.Sorted(slices.Values(keys)); len(slices.Compact(sorted)) != len(keys) {
				t.Errorf("got keys %q, one twice", keys)
			}
		})
	}
}

// TestUpgradeIsRecognizedInAnyCase proves that mayCloseConnection ignores the case of names,
// also if the names of fields are as the client sent them.
func TestUpgradeIsRecognizedInAnyCase(t *testing.T) {
	tests := []struct {
		fields   string
		mayClose bool
	}{
		{"", true},
		{"Connection: keep-alive\r\n", true},
		{"Connection: Upgrade\r\nUpgrade: websocket\r\n", false},
		{"connection: keep-alive, upgrade\r\nupgrade: websocket\r\n", false},
		{"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n", true},
	}
	for _, test := range tests {
		for _, verbatim := range []bool{false, true} {
			var header fasthttp.RequestHeader
			if verbatim {
				header.DisableNormalizing()
			}
			if err := header.Read(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: h\r\n" + test.fields + "\r\n"))); err != nil {
				t.Fatal(err)
			}
			if got := mayCloseConnection(&header); got != test.mayClose {
				t.Errorf("%q, verbatim %v: got %v, want %v", test.fields, verbatim, got, test.mayClose)
			}
		}
	}
}
