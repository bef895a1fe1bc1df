package forwarded

import (
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
)

func TestLastEntries(t *testing.T) {
	numbered := func(first, end int) []string {
		var entries []string
		for i := first; i < end; i++ {
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
		{"maxHops entries", []string{strings.Join(numbered(0, maxHops), ",")}, numbered(0, maxHops)},
		{"more than maxHops entries", []string{strings.Join(numbered(0, 40), ",")}, numbered(40-maxHops, 40)},
		{"more than maxHops entries in two headers", []string{strings.Join(numbered(0, 20), ","), strings.Join(numbered(20, 40), ",")}, numbered(40-maxHops, 40)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := lastEntries(test.values); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
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

func TestParse(t *testing.T) {
	trusted, err := Parse([]string{" 10.1.2.3/8", "192.0.2.7", "2001:db8::/32", "::ffff:198.51.100.0/120", "unix"})
	if err != nil {
		t.Fatal(err)
	}
	tcp := func(address string) *Connection { return &Connection{PeerAddress: address, PeerPort: 4711} }
	for peer, want := range map[string]bool{
		"10.9.9.9": true, "::ffff:10.9.9.9": true, "11.0.0.1": false, "192.0.2.7": true, "192.0.2.8": false, "2001:db8::1": true,
		"2001:db9::1": false, "198.51.100.9": true, "198.51.101.9": false, "": true, "/run/proxy.sock": true, "unknown": false, "fe80::1%eth0": false,
	} {
		if got := trusted.trustsPeer(tcp(peer)); got != want {
			t.Errorf("%q: got trusted %v, want %v", peer, got, want)
		}
	}
	// The peer of a Unix-domain socket chooses its own name, which may look like an
	// address.
	for _, connection := range []Connection{
		{PeerAddress: "192.0.2.7", PeerUnix: true}, {PeerAddress: "192.0.2.7", PeerPort: 80, PeerUnix: true}, {PeerUnix: true},
		{PeerAddress: ""}, {PeerAddress: "/run/proxy.sock"}, {PeerAddress: "@proxy"},
	} {
		trusted.trustsUnix = true
		if !trusted.trustsPeer(&connection) {
			t.Errorf("%+v: the peer of a Unix-domain socket is not trusted with unix", connection)
		}
		if trusted.trustsUnix = false; trusted.trustsPeer(&connection) {
			t.Errorf("%+v: the peer of a Unix-domain socket is trusted without unix", connection)
		}
	}
	if trusted.trustsPeer(&Connection{PeerAddress: "192.0.2.7"}) {
		t.Error("an address without a port is trusted, want the peer of a TCP connection")
	}
	for _, bad := range []string{"", "10.0.0.0/33", "proxy.example", "10.0.0.1:80", "fe80::1%eth0", "Unix", "/run/proxy.sock"} {
		if _, err := Parse([]string{bad}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
			t.Errorf("%q: got error %v, want one that names it", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8", "::1", "::ffff:10.0.0.1/104", "::ffff:10.0.0.1/8", "unix", "fe80::1%eth0", "", "10.0.0.1/"} {
		f.Add(seed, "10.0.0.1")
	}
	f.Fuzz(func(t *testing.T, proxy, peer string) {
		trusted, err := Parse([]string{proxy})
		if (err == nil) != trusted.Any() {
			t.Fatalf("%q: got %+v with error %v", proxy, trusted, err)
		}
		if !trusted.trustsPeer(&Connection{PeerAddress: peer, PeerPort: 4711}) {
			return
		}
		// A peer that is trusted must have an address within the range.
		addr, ok := parseNode(peer)
		if prefix, err := netip.ParsePrefix(strings.TrimSpace(proxy)); err == nil && ok {
			if !prefix.Contains(addr) && !prefix.Contains(netip.AddrFrom16(addr.As16())) {
				t.Errorf("%q trusts %q", proxy, peer)
			}
		}
	})
}

func FuzzOrigin(f *testing.F) {
	f.Add("203.0.113.5, 10.0.0.2", "https", "shop.example", "")
	f.Add("", "", "", `for="[2001:db8::1]:80";proto=https;host="a;b", for=10.0.0.2`)
	f.Add(",,,", "gopher,", "\xff", ";=,\"")
	f.Add("", "", "", `for=203.0.113.5;host="a, for=1.1.1.1"`)
	f.Add("", "", "", `for="1.1.1.1, for=203.0.113.5;host="\"`)
	f.Add("1.1.1.1, 203.0.113.5, 10.0.0.2:80, [::ffff:10.0.0.3]:1", "https, http", "a, b", "")
	f.Add("_hidden, unknown, unix:/run/a, 10.0.0.2", "", "user:secret@shop.example", "")
	f.Add(strings.Repeat("10.0.0.2,", 10_000), strings.Repeat("https,", 10_000), strings.Repeat("a,", 10_000), "")
	trusted, err := Parse([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, clients, proto, host, forwarded string) {
		sent := http.Header{}
		header := propagation.HeaderCarrier(sent)
		for name, value := range map[string]string{
			"X-Forwarded-For": clients, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host, "Forwarded": forwarded,
		} {
			if value != "" {
				sent.Set(name, value)
			}
		}
		req := &Connection{PeerAddress: "203.0.113.9", PeerPort: 4711, Host: "own.example"}
		if got, want := trusted.Origin(req, header), (Origin{Client: "203.0.113.9", Host: "own.example"}); got != want {
			t.Errorf("a stranger made it %+v, want %+v", got, want)
		}
		req.PeerAddress = "10.0.0.1"
		got := trusted.Origin(req, header)
		if _, err := netip.ParseAddr(got.Client); err != nil {
			t.Errorf("got client %q, which is no address", got.Client)
		}
		if got.Host == "" {
			t.Error("the host was lost")
		}
		if got.Client != "10.0.0.1" && clients+proto+host+forwarded == "" {
			t.Errorf("got client %q from nothing", got.Client)
		}

		// A trusted proxy appends the address of its client. Nothing that the client has
		// sent may be taken for that entry.
		const client = "203.0.113.5"
		for name, headers := range map[string][]string{
			"in the same header":    {forwarded + ", for=" + client},
			"in a second header":    {forwarded, "for=" + client},
			"with a host in quotes": {forwarded + ", for=" + client + ";host=" + strconv.Quote(host)},
		} {
			if strings.HasSuffix(name, "quotes") && !strings.Contains(strconv.Quote(host), host) {
				continue // strconv.Quote does not escape as the RFC requires
			}
			header = propagation.HeaderCarrier{"Forwarded": headers}
			if got := trusted.Origin(req, header); got.Client != client || got.HTTPS {
				t.Errorf("Forwarded: %q, %s: got %+v, want client %s", headers, name, got, client)
			}
		}
		header = propagation.HeaderCarrier{"X-Forwarded-For": {clients + ", " + client}, "X-Forwarded-Proto": {proto + ", http"}}
		if got := trusted.Origin(req, header); got.Client != client || got.HTTPS {
			t.Errorf("X-Forwarded-For: %q, then the proxy's: got %+v, want client %s", clients, got, client)
		}
	})
}
