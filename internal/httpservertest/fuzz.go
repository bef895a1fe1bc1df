package httpservertest

import (
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// maxAttributeLength is the limit for attributes that a client chooses, in bytes.
const maxAttributeLength = 4096

// App returns a function that serves one connection with a test application and closes the
// connection. If src is not nil, the application uses the middleware. If src is nil, it
// does not. In both cases, the application calls arrived for each request that reaches the
// position of the middleware. The application responds with the request that it received,
// or panics with "on purpose".
type App func(t testing.TB, src httpserver.Source, arrived func()) func(*Wire)

// Fuzz sends arbitrary bytes to the server of a framework. The response must be the same
// with and without the middleware. Each request must have one span and one measurement.
// Their strings must be valid UTF-8 of limited length, and their route must be one of
// routes.
func Fuzz(f *testing.F, routes []string, app App) {
	for _, seed := range fuzzSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		var bareCalls, calls atomic.Int64
		want := serveRaw(t, app(t, nil, func() { bareCalls.Add(1) }), sent)

		r := NewSampled(t, httpserver.Config{
			CapturedRequestHeaders: []string{"X", "Host", "Cookie", "X-Many"}, CapturedResponseHeaders: []string{"Content-Type", "Location"},
			TrustedProxies: []string{"127.0.0.0/8"}, RouteFormat: httpserver.RouteBraces,
		}, sdktrace.AlwaysSample())
		got := serveRaw(t, app(t, r, func() { calls.Add(1) }), sent)
		if got != want {
			t.Errorf("got  %.400q\nwant %.400q", got, want)
		}
		ended := r.Ended()
		if calls.Load() != bareCalls.Load() || int64(len(ended)) != calls.Load() {
			t.Errorf("got %d spans of %d requests, %d without the middleware", len(ended), calls.Load(), bareCalls.Load())
		}
		var measurements uint64
		for _, point := range r.Points("http.server.request.duration") {
			measurements += point.Count
			if route, ok := point.Attributes["http.route"].(string); ok && !slices.Contains(routes, route) {
				t.Errorf("got route %q, which the client made up", route)
			}
		}
		if measurements != uint64(len(ended)) {
			t.Errorf("got %d measurements of %d requests", measurements, len(ended))
		}
		for _, span := range ended {
			checkSpan(t, span)
		}
	})
}

// dateHeaderPattern matches the Date header, which changes every second.
var dateHeaderPattern = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// serveRaw calls serve with a connection from which the server reads the bytes in sent.
// It returns the response without the Date header.
func serveRaw(t testing.TB, serve func(*Wire), sent []byte) string {
	t.Helper()
	wire := NewWire(sent)
	serve(wire)
	return dateHeaderPattern.ReplaceAllString(wire.Answer(t), "")
}

// checkSpan checks that a collector would accept the span, and that the sizes
// of client-chosen attributes are limited.
func checkSpan(t testing.TB, span sdktrace.ReadOnlySpan) {
	t.Helper()
	check := func(subject, value string, limit int) {
		t.Helper()
		if !utf8.ValidString(value) {
			t.Errorf("%s is not valid UTF-8: %.80q", subject, value)
		}
		if len(value) > limit {
			t.Errorf("%s has %d bytes, want no more than %d", subject, len(value), limit)
		}
	}
	check("the name", span.Name(), maxAttributeLength+len("OPTIONS "))
	check("the tracestate", span.SpanContext().TraceState().String(), 16447)
	for _, kv := range span.Attributes() {
		check("the key "+string(kv.Key), string(kv.Key), 100)
		switch kv.Value.Type() {
		case attribute.STRING:
			check(string(kv.Key), kv.Value.AsString(), maxAttributeLength)
		case attribute.STRINGSLICE:
			values := kv.Value.AsStringSlice()
			if len(values) > 32 {
				t.Errorf("%s has %d values, want no more than 32", kv.Key, len(values))
			}
			for _, value := range values {
				check(string(kv.Key), value, maxAttributeLength)
			}
		}
	}
	for _, event := range span.Events() {
		check("an event", event.Name, maxAttributeLength)
		for _, kv := range event.Attributes {
			check(string(kv.Key), kv.Value.AsString(), 16<<10)
		}
	}
}

// fuzzSeeds returns usual requests, and requests such as an attacker sends.
func fuzzSeeds() []string {
	const getRequest = "GET / HTTP/1.1\r\nHost: h\r\n"
	const traceAndSpanID = "-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
	return []string{
		getRequest + "\r\n",
		getRequest + "\r\n" + getRequest + "Connection: close\r\n\r\nrest",
		"GET /process/a%2Fb?q=1&sig=secret HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: probe\r\ntraceparent: " + callerTraceparent + "\r\ntracestate: a=1\r\nbaggage: k=v\r\n\r\n",
		"GET /\xff\xfe?\xff=\xff HTTP/1.1\r\nHost: h\r\nUser-Agent: \xff\r\nbaggage: \xff=\xff\r\nX: \xff\r\n\r\n",
		"GET /%ff%00%zz HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /%FF/%C3%28 HTTP/1.1\r\nHost: \xc3\x28\r\n\r\n",
		"GET /\x00 HTTP/1.1\r\nHost: h\r\nX: \x00\r\n\r\n",
		"\xffET / HTTP/1.1\r\nHost: h\r\n\r\n",
		getRequest + "traceparent: 00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01\r\n\r\n",
		getRequest + "traceparent: ff-\xff\r\ntraceparent: " + callerTraceparent + "\r\ntracestate: ,,=,\r\n\r\n",
		getRequest + "traceparent: " + strings.ToUpper(callerTraceparent) + "\r\n\r\n",
		getRequest + "traceparent: \t00" + traceAndSpanID + "01 \t\r\n\r\n",
		getRequest + "traceparent: 00" + traceAndSpanID + "01-\r\n\r\n",
		getRequest + "traceparent: cc" + traceAndSpanID + "ff-what-the-future-brings\r\ntracestate: " + strings.Repeat("a", 256) + "=" + strings.Repeat("1", 256) + "\r\n\r\n",
		getRequest + "X-Forwarded-For: 1.1.1.1, 203.0.113.5\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: user:secret@\xff:80\r\n\r\n",
		getRequest + "Forwarded: for=\"[2001:db8::1]:80\";host=\"a, for=1.1.1.1\";proto=\xff\r\n\r\n",
		getRequest + "X-Huge: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		getRequest + "User-Agent: " + strings.Repeat("\xff", 64<<10) + "\r\n\r\n",
		getRequest + strings.Repeat("X-Many: \xff\r\n", 10_000) + "\r\n",
		getRequest + strings.Repeat("X: "+strings.Repeat("x", 3000)+"\r\n", 300) + "\r\n",
		getRequest + "baggage: " + strings.Repeat("k=v,", 10_000) + "\r\n\r\n",
		getRequest + strings.Repeat("baggage: k=v\r\n", 3000) + "\r\n",
		getRequest + "tracestate: " + strings.Repeat("a=1,", 10_000) + "\r\ntraceparent: " + callerTraceparent + "\r\n\r\n",
		"GET /" + strings.Repeat("a/", 10_000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /" + strings.Repeat("%ff", 300_000) + "?sig=" + strings.Repeat("\xff", 1000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + strings.Repeat("h", 5000) + "\r\n\r\n",
		strings.Repeat("M", 5000) + " / HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /users/1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\ncut",
		"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b",
		"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
		"CONNECT /users/1 HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT a:b@h:443 HTTP/1.1\r\nHost: a:b@h:443\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
		"BREW /panic HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n",
		"HEAD /healthz HTTP/1.0\r\n\r\n",
		"GET http://user:pass@h/ HTTP/1.1\r\nHost: \r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"", "GET", "\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/0.0\r\n\r\n",
	}
}
