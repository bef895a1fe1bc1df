package httpserver_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

const (
	// maxAttributeLength is the limit for attributes that a client chooses, in bytes.
	maxAttributeLength = 4096
	// maxTracestateLength is the length of the longest valid tracestate, in bytes.
	maxTracestateLength = 16447
)

func FuzzStart(f *testing.F) {
	hostile := "\x00\xff\xfe\"'<>&%zz\r\n" + strings.Repeat("\xffa", maxAttributeLength)
	f.Add("GET", "shop.example:80", "/a", "q=1", "/a/:id", "1.1", "192.0.2.7", "agent", traceparent, "a=1", "203.0.113.5", 200)
	f.Add("", "", "", "", "", "", "", "", "", "", "", 0)
	f.Add(hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, -1)
	f.Add("GET", "h", "/", "", strings.Repeat(":/", maxAttributeLength), "1.1", "", "", "", "", "", 200)
	f.Add("HEAD", "[::1", "/%zz", "sig=\xff", "/:", "2", "10.0.0.1", "\xff", "00-", ",,", "for=\"", 1000)
	config := httpserver.Config{
		CapturedRequestHeaders: []string{"X-Tenant"}, CapturedResponseHeaders: []string{"X-Tenant"},
		TrustedProxies: []string{"10.0.0.0/8"}, RouteFormat: httpserver.RouteBraces,
		Exclude: []string{"=/never", "~^/nor/this$", "agent:nobody/"},
	}
	f.Fuzz(func(t *testing.T, method, host, path, query, route, protocol, peer, agent, parent, state, forwarded string, status int) {
		header := propagation.HeaderCarrier{
			"User-Agent": {agent}, "Traceparent": {parent}, "Tracestate": {state, state}, "Baggage": {state},
			"X-Forwarded-For": {forwarded}, "X-Forwarded-Host": {host}, "X-Forwarded-Proto": {protocol}, "X-Tenant": {state, agent},
		}
		if len(forwarded)%2 == 1 {
			header["Forwarded"] = []string{forwarded}
		}
		r := httpservertest.New(t, config)
		ctx, x := httpserver.MustInstrument(r, testFramework).Start(t.Context(), &httpserver.Request{
			Method: method, Host: host, Path: path, Query: query, Route: route, Protocol: protocol,
			PeerAddress: peer, PeerPort: status, UserAgent: agent, Header: header,
		})
		if !x.Observed() {
			t.Skip("one of the rules holds")
		}
		r.Propagator().Inject(ctx, propagation.MapCarrier{})
		x.End(httpserver.Outcome{
			Status: status, Route: route, RequestSize: httpserver.Bytes(int64(status)), ResponseSize: httpserver.Bytes(int64(status)), Header: header,
			SpanName: func() string { return "" },
		})

		points := r.Points("http.server.request.duration")
		if len(points) != 1 || points[0].Count != 1 {
			t.Errorf("got duration points %v, want one", points)
		}
		ended := r.Ended()
		if len(ended) == 0 && parent != "" && !trace.SpanContextFromContext(ctx).IsSampled() {
			return // the caller's traceparent is unsampled
		}
		if len(ended) != 1 {
			t.Fatalf("got %d spans, want 1", len(ended))
		}
		span := ended[0]
		check := func(attribute, value string) {
			t.Helper()
			if !utf8.ValidString(value) {
				t.Errorf("%s is not valid UTF-8: %.40q…", attribute, value)
			}
			if len(value) > maxAttributeLength+len("OPTIONS ") {
				t.Errorf("%s has %d bytes", attribute, len(value))
			}
		}
		check("the name", span.Name())
		if state := span.SpanContext().TraceState().String(); len(state) > maxTracestateLength {
			t.Errorf("the tracestate has %d bytes, want no more than %d", len(state), maxTracestateLength)
		}
		for _, kv := range span.Attributes() {
			switch kv.Value.Type() {
			case attribute.STRING:
				check(string(kv.Key), kv.Value.AsString())
			case attribute.STRINGSLICE:
				for _, value := range kv.Value.AsStringSlice() {
					check(string(kv.Key), value)
				}
			}
		}
		for key, value := range points[0].Attributes {
			if s, ok := value.(string); ok {
				check("on the metric "+string(key), s)
			}
		}
	})
}
