package httpserver_test

import (
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestTruncatedTextDoesNotKeepLongString proves that a span that records a part of a
// long string does not keep the whole string in memory.
func TestTruncatedTextDoesNotKeepLongString(t *testing.T) {
	for name, request := range map[string]func(long string) *httpserver.Request{
		"a header": func(long string) *httpserver.Request { return newRequest("/", "User-Agent", long) },
		"user information": func(long string) *httpserver.Request {
			r := newRequest("/")
			r.Host = long + "@shop.example"
			return r
		},
		"host on the left of the proxy's": func(long string) *httpserver.Request {
			return newRequest("/", "X-Forwarded-For", "203.0.113.5", "X-Forwarded-Host", long+", shop.example")
		},
		"long parameter before the proxy's host": func(long string) *httpserver.Request {
			return newRequest("/", "Forwarded", "for=203.0.113.5;by="+long+";host=shop.example")
		},
		"clients on the left of the proxy's": func(long string) *httpserver.Request {
			return newRequest("/", "X-Forwarded-For", long+", 203.0.113.5")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{TrustedProxies: []string{"192.0.2.7"}})
			instrumentation := instrument(t, r)
			sent := 0
			httpservertest.CheckBounded(t, func(size int) struct{} {
				_, x := instrumentation.Start(t.Context(), request(strings.Repeat("x", size)))
				x.End(successOutcome())
				sent++
				return struct{}{}
			})
			if spans := r.Ended(); len(spans) != sent {
				t.Errorf("got %d spans, want %d", len(spans), sent)
			}
		})
	}
}
