package httpserver_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestTrustedProxies proves that the client, the scheme and the server are read from the
// headers of trusted proxies alone. A client cannot forge them.
func TestTrustedProxies(t *testing.T) {
	proxies := []string{"10.0.0.0/8", "2001:db8::/32", "192.0.2.7"}
	const xff, proto, host = "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"
	tests := []struct {
		name    string
		trusted []string
		peer    string
		headers []string
		// wantClient, wantScheme and wantServer are client.address, url.scheme and
		// server.address.
		wantClient, wantScheme, wantServer string
	}{
		{"no proxy is trusted", nil, "10.0.0.1", []string{xff, "203.0.113.5", proto, "https", host, "evil.example"}, "10.0.0.1", "http", "shop.example"},
		{"untrusted peer", proxies, "203.0.113.9", []string{xff, "203.0.113.5", proto, "https"}, "203.0.113.9", "http", "shop.example"},
		{"one proxy", proxies, "10.0.0.1", []string{xff, "203.0.113.5", proto, "https", host, "pub.example:443"}, "203.0.113.5", "https", "pub.example"},
		{"a WebSocket", proxies, "10.0.0.1", []string{xff, "203.0.113.5", proto, "wss"}, "203.0.113.5", "https", "shop.example"},
		{"a WebSocket without TLS", proxies, "10.0.0.1", []string{xff, "203.0.113.5, 10.0.0.2", proto, "ws, https"}, "203.0.113.5", "http", "shop.example"},
		{"a WebSocket, Forwarded", proxies, "10.0.0.1", []string{"Forwarded", "for=203.0.113.5;proto=WSS"}, "203.0.113.5", "https", "shop.example"},
		{"a chain", proxies, "10.0.0.1", []string{xff, "203.0.113.5, 10.0.0.3,10.0.0.2"}, "203.0.113.5", "http", "shop.example"},
		{"spoofed left of the client", proxies, "10.0.0.1", []string{xff, "1.1.1.1, 203.0.113.5, 10.0.0.2"}, "203.0.113.5", "http", "shop.example"},
		{"two headers", proxies, "10.0.0.1", []string{xff, "1.1.1.1", xff, "203.0.113.5"}, "203.0.113.5", "http", "shop.example"},
		{"nonsense", proxies, "10.0.0.1", []string{xff, "unknown, ''; drop", proto, "gopher"}, "10.0.0.1", "http", "shop.example"},
		{"with a port", proxies, "10.0.0.1", []string{xff, "203.0.113.5:4711"}, "203.0.113.5", "http", "shop.example"},
		{"IPv6 proxy", proxies, "2001:db8::2", []string{xff, "[2001:db9::5]:99"}, "2001:db9::5", "http", "shop.example"},
		{"mapped IPv4", proxies, "::ffff:10.0.0.1", []string{xff, "203.0.113.5"}, "203.0.113.5", "http", "shop.example"},
		{
			"Forwarded", proxies, "10.0.0.1",
			[]string{"Forwarded", `for=1.1.1.1;proto=http, for="203.0.113.5:80";proto=https;host="pub.example", for=10.0.0.2;proto=http;host=inner.example`},
			"203.0.113.5", "https", "pub.example",
		},
		{"Forwarded wins", proxies, "10.0.0.1", []string{"Forwarded", "for=203.0.113.5", xff, "1.1.1.1"}, "203.0.113.5", "http", "shop.example"},
		{"for within a quoted host", proxies, "10.0.0.1", []string{"Forwarded", `for=203.0.113.5;host="evil.example, for=1.1.1.1"`}, "203.0.113.5", "http", "evil.example, for=1.1.1.1"},
		{"for twice in an element", proxies, "10.0.0.1", []string{"Forwarded", "for=203.0.113.5;host=a;for=1.1.1.1"}, "10.0.0.1", "http", "shop.example"},
		{"unbalanced quote", proxies, "10.0.0.1", []string{"Forwarded", `for="1.1.1.1, for=203.0.113.5`}, "203.0.113.5", "http", "shop.example"},
		{"unknown client", proxies, "10.0.0.1", []string{"Forwarded", "for=unknown"}, "10.0.0.1", "http", "shop.example"},
		{"a hidden proxy in the chain", proxies, "10.0.0.1", []string{"Forwarded", "for=203.0.113.5, for=_inner, for=10.0.0.2"}, "10.0.0.2", "http", "shop.example"},
		{"a hidden port", proxies, "10.0.0.1", []string{"Forwarded", `for="203.0.113.5:_port"`}, "203.0.113.5", "http", "shop.example"},
		{"IPv6 without a port", proxies, "10.0.0.1", []string{"Forwarded", `for="[2001:db9::5]"`}, "2001:db9::5", "http", "shop.example"},
		{"only proxies in the chain", proxies, "10.0.0.1", []string{xff, "10.0.0.3, 10.0.0.2"}, "10.0.0.3", "http", "shop.example"},
		{"an empty entry", proxies, "10.0.0.1", []string{xff, "203.0.113.5,"}, "10.0.0.1", "http", "shop.example"},
		{"a spoofed proto left of the proxy's", proxies, "10.0.0.1", []string{xff, "1.1.1.1, 203.0.113.5", proto, "https, http"}, "203.0.113.5", "http", "shop.example"},
		{"user information in the host", proxies, "10.0.0.1", []string{xff, "203.0.113.5", host, "user:hunter2@pub.example"}, "203.0.113.5", "http", "pub.example"},
		{"over a Unix socket", []string{"unix"}, "", []string{xff, "203.0.113.5"}, "203.0.113.5", "http", "shop.example"},
		{"over a Unix socket, not trusted", proxies, "", []string{xff, "203.0.113.5"}, "", "http", "shop.example"},
		{"over a named Unix socket", []string{"unix"}, "/run/proxy.sock", []string{xff, "203.0.113.5"}, "203.0.113.5", "http", "shop.example"},
		{"untrusted peer, Unix sockets trusted", []string{"unix"}, "203.0.113.9", []string{xff, "1.1.1.1"}, "203.0.113.9", "http", "shop.example"},
		{"Forwarded names no client", proxies, "10.0.0.1", []string{"Forwarded", "proto=https;host=pub.example", xff, "203.0.113.5", proto, "http", host, "other.example"}, "203.0.113.5", "https", "pub.example"},
		{"Forwarded names no host", proxies, "10.0.0.1", []string{"Forwarded", `for="203.0.113.5";proto=https`, xff, "1.1.1.1", host, "pub.example"}, "203.0.113.5", "https", "pub.example"},
		{"Forwarded names no scheme", proxies, "10.0.0.1", []string{"Forwarded", "for=203.0.113.5, for=10.0.0.2", xff, "203.0.113.5, 10.0.0.2", proto, "https, http"}, "203.0.113.5", "https", "shop.example"},
		{"Forwarded names an unknown client", proxies, "10.0.0.1", []string{"Forwarded", "for=unknown", xff, "1.1.1.1"}, "10.0.0.1", "http", "shop.example"},
		{"Forwarded names two clients", proxies, "10.0.0.1", []string{"Forwarded", "for=unknown;for=203.0.113.5", xff, "1.1.1.1"}, "10.0.0.1", "http", "shop.example"},
		{"Forwarded is empty", proxies, "10.0.0.1", []string{"Forwarded", "", xff, "203.0.113.5", proto, "https", host, "pub.example"}, "203.0.113.5", "https", "pub.example"},
		{"empty elements of Forwarded", proxies, "10.0.0.1", []string{"Forwarded", "for=203.0.113.5;proto=https, , for=10.0.0.2;proto=http,", "Forwarded", ""}, "203.0.113.5", "https", "shop.example"},
		{"unbalanced quote in a host", proxies, "10.0.0.1", []string{"Forwarded", `for=203.0.113.5;host="pub.example`}, "203.0.113.5", "http", "shop.example"},
		{"hidden client", proxies, "10.0.0.1", []string{"Forwarded", "for=_hidden;proto=https"}, "10.0.0.1", "https", "shop.example"},
		{"proto for each hop", proxies, "10.0.0.1", []string{xff, "203.0.113.5, 10.0.0.2", proto, "https, http"}, "203.0.113.5", "https", "shop.example"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := newRequest("/", test.headers...)
			req.PeerAddress, req.Host = test.peer, "shop.example"
			span := runExchange(t, httpserver.Config{TrustedProxies: test.trusted}, req, successOutcome())
			for key, want := range map[string]string{
				"client.address": test.wantClient, "url.scheme": test.wantScheme, "server.address": test.wantServer, "network.peer.address": test.peer,
			} {
				got, _ := attributesOf(span)[attribute.Key(key)].(string)
				if got != want {
					t.Errorf("got %s=%q, want %q", key, got, want)
				}
			}
		})
	}
}

// TestForwardedHeaders proves that Config.ForwardedHeaders selects the headers that are
// read. A client may send the kind of header that its proxy does not write.
func TestForwardedHeaders(t *testing.T) {
	const forwarded, xff, proto, host = "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"
	// In xHeaders, the client has sent Forwarded, and the proxy X-Forwarded-*. In
	// forwardedHeaders, the client has sent X-Forwarded-*, and the proxy Forwarded.
	xHeaders := []string{forwarded, "for=1.1.1.1;proto=https;host=evil.example", xff, "203.0.113.5", host, "pub.example"}
	forwardedHeaders := []string{xff, "1.1.1.1", proto, "https", host, "evil.example", forwarded, "for=203.0.113.5;host=pub.example"}
	for _, test := range []struct {
		name           string
		choice         httpserver.ForwardedHeaders
		headers        []string
		client, server string
	}{
		{"client's Forwarded is read", httpserver.ForwardedOrX, xHeaders, "1.1.1.1", "evil.example"},
		{"client's Forwarded is ignored", httpserver.XForwardedOnly, xHeaders, "203.0.113.5", "pub.example"},
		{"proxy's X-Forwarded is ignored", httpserver.ForwardedOnly, xHeaders[2:], "10.0.0.1", "shop.example"},
		{"proxy's Forwarded takes precedence", httpserver.ForwardedOrX, forwardedHeaders, "203.0.113.5", "pub.example"},
		{"client's X-Forwarded is ignored", httpserver.ForwardedOnly, forwardedHeaders, "203.0.113.5", "pub.example"},
		{"neither", httpserver.XForwardedOnly, nil, "10.0.0.1", "shop.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := newRequest("/", test.headers...)
			req.PeerAddress, req.Host = "10.0.0.1", "shop.example"
			config := httpserver.Config{TrustedProxies: []string{"10.0.0.0/8"}, ForwardedHeaders: test.choice}
			got := attributesOf(runExchange(t, config, req, successOutcome()))
			if got["client.address"] != test.client || got["server.address"] != test.server {
				t.Errorf("got client %v and server %v, want %s and %s", got["client.address"], got["server.address"], test.client, test.server)
			}
		})
	}
}

// TestUnixPeerIsNotTrustedByName proves that the peer of a Unix-domain socket is not trusted
// by its name, which may look like the address of a trusted proxy.
func TestUnixPeerIsNotTrustedByName(t *testing.T) {
	for _, peer := range []httpserver.Request{
		{PeerAddress: "10.0.0.1"}, {PeerAddress: "10.0.0.1", PeerUnix: true}, {PeerAddress: "10.0.0.1", PeerPort: 80, PeerUnix: true},
	} {
		req := newRequest("/", "X-Forwarded-For", "203.0.113.5")
		req.PeerAddress, req.PeerPort, req.PeerUnix = peer.PeerAddress, peer.PeerPort, peer.PeerUnix
		span := runExchange(t, httpserver.Config{TrustedProxies: []string{"10.0.0.0/8"}}, req, successOutcome())
		if got := attributesOf(span)["client.address"]; got != "10.0.0.1" {
			t.Errorf("%+v: got client %v, want the peer itself", peer, got)
		}
	}
}

func TestCredentialsAreNotRecorded(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, x := instrument(t, r).Start(t.Context(), newRequest("/?sig=hunter2",
		"Authorization", "Basic aHVudGVyMg==", "Cookie", "session=hunter2", "Proxy-Authorization", "hunter2", "X-Api-Key", "hunter2"))
	x.End(successOutcome())
	for _, kv := range r.Only().Attributes() {
		for _, secret := range []string{"hunter2", "aHVudGVyMg"} {
			if strings.Contains(kv.Value.String(), secret) {
				t.Errorf("%s shows a secret: %s", kv.Key, kv.Value.String())
			}
		}
	}
}
