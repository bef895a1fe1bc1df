package hostport

import (
	"strconv"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		address string
		host    string
		port    int
	}{
		{"", "", 0},
		{"shop.example", "shop.example", 0},
		{"shop.example:80", "shop.example", 80},
		{"shop.example:0080", "shop.example", 80},
		{"shop.example:", "shop.example", 0},
		{"shop.example:0", "shop.example", 0},
		{"shop.example:65535", "shop.example", 65535},
		{"shop.example:65536", "shop.example", 0},
		{"shop.example:-1", "shop.example", 0},
		{"shop.example:+1", "shop.example", 0},
		{"shop.example:http", "shop.example", 0},
		{":80", "", 80},
		{"192.0.2.1:80", "192.0.2.1", 80},
		{"2001:db8::1", "2001:db8::1", 0},
		{"[2001:db8::1]", "2001:db8::1", 0},
		{"[2001:db8::1]:80", "2001:db8::1", 80},
		{"[fe80::1%eth0]:80", "fe80::1%eth0", 80},
		{"[2001:db8::1]80", "2001:db8::1", 0},
		{"[2001:db8::1", "[2001:db8::1", 0},
		{"[]:80", "", 80},
		{"user:secret@shop.example:80", "shop.example", 80},
		{"user:sec@ret@shop.example", "shop.example", 0},
		{"@", "", 0},
	}
	for _, test := range tests {
		if host, port := Split(test.address); host != test.host || port != test.port {
			t.Errorf("%q: got %q, %d, want %q, %d", test.address, host, port, test.host, test.port)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"", "shop.example:80", "[2001:db8::1]:80", "::1", "[", "[]]:1:", "a:b:c", "u:p@h:1", "\xff:9", "h:99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		host, port := Split(address)
		if port < 0 || port > 65535 {
			t.Errorf("%q: got port %d", address, port)
		}
		if !strings.Contains(address, host) || len(host) > len(address) {
			t.Errorf("%q: got host %q, which was not sent", address, host)
		}
		if strings.Contains(host, "@") {
			t.Errorf("%q: got host %q with user information", address, host)
		}
		if port == 0 || strings.ContainsAny(host, "[]:@") {
			return
		}
		joined := host + ":" + strconv.Itoa(port)
		if h, p := Split(joined); h != host || p != port {
			t.Errorf("%q: got %q, %d, but splitting %q again gives %q, %d", address, host, port, joined, h, p)
		}
	})
}
