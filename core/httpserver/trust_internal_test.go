package httpserver

import (
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
)

func TestLastEntries(t *testing.T) {
	numbered := func(from, to int) []string {
		var entries []string
		for i := from; i < to; i++ {
			entries = append(entries, fmt.Sprint(i))
		}
		return entries
	}
	tests := []struct {
		name   string
		values []string
		want   []string
	}{
		{"none", nil, nil},
		{"one", []string{"a"}, []string{"a"}},
		{"list", []string{"a, b ,c"}, []string{"a", "b", "c"}},
		{"several headers", []string{"a,b", "c"}, []string{"a", "b", "c"}},
		{"empty", []string{""}, []string{""}},
		{"empty entries keep their place", []string{"a,,b"}, []string{"a", "", "b"}},
		{"as many as there may be", []string{strings.Join(numbered(0, maxHops), ",")}, numbered(0, maxHops)},
		{"the last of more", []string{strings.Join(numbered(0, 40), ",")}, numbered(40-maxHops, 40)},
		{"the last of more headers", []string{strings.Join(numbered(0, 20), ","), strings.Join(numbered(20, 40), ",")}, numbered(40-maxHops, 40)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := lastEntries(test.values); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseForwarded(t *testing.T) {
	tests := []struct {
		entry string
		want  forwardedElement
	}{
		{"", forwardedElement{}},
		{"for=192.0.2.1", forwardedElement{client: "192.0.2.1"}},
		{`For="[2001:db8::1]:80"; PROTO=https;Host=shop.example`, forwardedElement{"[2001:db8::1]:80", "https", "shop.example"}},
		{"by=10.0.0.1;secret=x;for=unknown", forwardedElement{client: "unknown"}},
		{"for", forwardedElement{}},
		{"for=;proto=", forwardedElement{}},
		{`for="`, forwardedElement{}},
		{";;=;", forwardedElement{}},
	}
	for _, test := range tests {
		if got := parseForwarded(test.entry); got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.entry, got, test.want)
		}
	}
}

func TestParseNode(t *testing.T) {
	for node, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "192.0.2.1:80": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1",
		"[2001:db8::1]": "2001:db8::1", "[2001:db8::1]:80": "2001:db8::1", "fe80::1%eth0": "fe80::1",
		"": "", "unknown": "", "_hidden": "", "192.0.2.1.5": "", "shop.example": "",
	} {
		addr, ok := parseNode(node)
		if got := addr.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %v, %v, want %q", node, addr, ok, want)
		}
	}
}

func FuzzOriginOf(f *testing.F) {
	f.Add("203.0.113.5, 10.0.0.2", "https", "shop.example", "")
	f.Add("", "", "", `for="[2001:db8::1]:80";proto=https;host="a;b", for=10.0.0.2`)
	f.Add(",,,", "gopher,", "\xff", ";=,\"")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, clients, proto, host, forwarded string) {
		header := http.Header{}
		for name, value := range map[string]string{
			"X-Forwarded-For": clients, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host, "Forwarded": forwarded,
		} {
			if value != "" {
				header.Set(name, value)
			}
		}
		req := &Request{PeerAddress: "203.0.113.9", Host: "own.example", Header: propagation.HeaderCarrier(header)}
		if got, want := originOf(req, trusted), (origin{client: "203.0.113.9", host: "own.example"}); got != want {
			t.Errorf("a stranger made it %+v, want %+v", got, want)
		}
		req.PeerAddress = "10.0.0.1"
		got := originOf(req, trusted)
		if _, err := netip.ParseAddr(got.client); err != nil {
			t.Errorf("got client %q, which is no address", got.client)
		}
		if got.host == "" {
			t.Error("the host was lost")
		}
	})
}
