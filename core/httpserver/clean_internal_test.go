package httpserver

import (
	"net/http"
	"strings"
	"testing"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
	"github.com/samespan/samespan/core/httpserver/internal/redact"
	"github.com/samespan/samespan/internal/hostport"
)

// TestReadingAValidRequestDoesNotAllocate proves that reading the fields of a request, and
// validating its strings, allocates nothing if all strings are valid.
func TestReadingAValidRequestDoesNotAllocate(t *testing.T) {
	engine, err := New(Config{TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider()})
	if err != nil {
		t.Fatal(err)
	}
	var (
		long   = strings.Repeat("größe", 500)
		req    = &Request{Host: "shop.example:80", PeerAddress: "192.0.2.7", Header: propagation.HeaderCarrier(http.Header{"X-Forwarded-For": {"1.1.1.1"}})}
		parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		caller = propagation.HeaderCarrier(http.Header{"Traceparent": {parent}})
		ctx    = t.Context()
	)
	for name, read := range map[string]func() bool{
		"path":  func() bool { return validText(long) == long },
		"query": func() bool { return redact.Query("a=1&b=2&c=3", engine.sensitiveKeys) == "a=1&b=2&c=3" },
		"host":  func() bool { host, port := hostport.Split(req.Host); return host == "shop.example" && port == 80 },
		"IPv6 host": func() bool {
			host, port := hostport.Split("[2001:db8::1]:80")
			return host == "2001:db8::1" && port == 80
		},
		"origin": func() bool {
			return engine.clientAndTarget(req) == forwarded.Origin{Client: "192.0.2.7", Host: req.Host}
		},
		"caller": func() bool {
			_, called := engine.callerReader.Caller(ctx, caller, new(trace.SpanContextConfig))
			return called
		},
		"method":                        func() bool { return engine.methods.lookup("GET").name == "GET" },
		"headers that are not captured": func() bool { return appendHeaders(nil, engine.requestHeaders, req.Header) == nil },
	} {
		if !read() {
			t.Errorf("%s: not as it was sent", name)
		}
		if n := testing.AllocsPerRun(100, func() { read() }); n != 0 {
			t.Errorf("%s: got %v allocations, want none", name, n)
		}
	}
}
