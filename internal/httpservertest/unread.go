package httpservertest

import (
	"testing"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/received"
)

// CheckUnread checks that the exclusion rules give the same result before and after the
// engine reads a request. receive parses a raw HTTP request and returns the request that
// the adapter passes to the engine.
func CheckUnread(t *testing.T, receive func(raw string) (httpserver.Request, error)) {
	t.Helper()
	rules, err := exclude.Parse("healthz", "=/", "POST /hook", "/api/*/ping", "~^/in.*al$", "agent:a-probe-with-a-name-of-its-own/")
	if err != nil {
		t.Fatal(err)
	}
	for line, excluded := range map[string]bool{
		"GET /healthz":                  true,
		"GET /healthz/live?q=%zz":       true,
		"GET /%68ealthz":                true,
		"GET http://h.example/healthz":  true,
		"GET /":                         true,
		"GET http://h.example":          true,
		"POST /hook":                    true,
		"GET /hook":                     false,
		"GET /api/v1/ping":              true,
		"GET /internal":                 true,
		"GET /healthzz":                 false,
		"GET /process%2Fhealthz":        false,
		"GET /x?/healthz":               false,
		"GET /x%20y%C3%A9":              false,
		"OPTIONS *":                     false,
		"GET http://healthz.example/x/": false,
	} {
		for userAgent, otherAgent := range map[string]bool{
			"curl/8":                                true,
			"a-probe-with-a-name-of-its-own/1.2":    false,
			"no a-probe-with-a-name-of-its-own/1.2": true,
		} {
			raw := line + " HTTP/1.1\r\nHost: healthz.example\r\nUser-Agent: " + userAgent + "\r\n\r\n"
			want := excluded || !otherAgent
			request, err := receive(raw)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			unread, ok := request.Header.(received.Request[httpserver.Request])
			if !ok || request.Path != "" {
				t.Fatalf("%s: got %+v, want a request that is not read yet", line, request)
			}
			if got := unread.Excluded(rules); got != want {
				t.Errorf("%s by %s: excluded unread: %v, want %v", line, userAgent, got, want)
			}
			request = unread.Read()
			if got := rules.Match(request.Method, request.Path, request.UserAgent); got != want {
				t.Errorf("%s by %s: excluded when read, as %+v: %v, want %v", line, userAgent, request, got, want)
			}
		}
	}
}

// Read reads the fields of an adapter's request as the engine does, and returns the request
// with these fields. The test fails if the adapter has already set the fields.
func Read(t testing.TB, request httpserver.Request) httpserver.Request {
	t.Helper()
	unread, ok := request.Header.(received.Request[httpserver.Request])
	if !ok {
		t.Fatalf("got %+v, want a request that is not read yet", request)
	}
	request = unread.Read()
	request.PeerUnix = unread.PeerUnix()
	return request
}
