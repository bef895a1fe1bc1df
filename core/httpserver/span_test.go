package httpserver_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// runExchange runs one exchange with a new engine and returns its span.
func runExchange(t *testing.T, config httpserver.Config, req *httpserver.Request, o httpserver.Outcome) sdktrace.ReadOnlySpan {
	t.Helper()
	r := httpservertest.New(t, config)
	_, x := instrument(t, r).Start(t.Context(), req)
	x.End(o)
	return r.Only()
}

// attributesOf returns the attributes of a span, with their values as Go types.
func attributesOf(span sdktrace.ReadOnlySpan) map[attribute.Key]any {
	values := make(map[attribute.Key]any)
	for _, kv := range span.Attributes() {
		values[kv.Key] = kv.Value.AsInterface()
	}
	return values
}

func TestSpanAttributesOfSuccessfulRequest(t *testing.T) {
	req := newRequest("/process/a%20b?q=1", "User-Agent", "probe/1")
	req.Route = "/process/:item_id"
	o := successOutcome()
	o.RequestSize, o.ResponseSize = httpserver.Bytes(5), httpserver.Bytes(40)
	span := runExchange(t, httpserver.Config{}, req, o)

	if span.Name() != "GET /process/:item_id" || span.SpanKind() != trace.SpanKindServer {
		t.Errorf("got %s span %q, want server span %q", span.SpanKind(), span.Name(), "GET /process/:item_id")
	}
	scope := span.InstrumentationScope()
	if scope.Name != testFramework.Scope || scope.Version != testFramework.Version || scope.SchemaURL != semconv.SchemaURL {
		t.Errorf("got scope %+v, want the adapter's with the schema URL", scope)
	}
	want := map[attribute.Key]any{
		"http.request.method":       "GET",
		"url.path":                  "/process/a%20b",
		"url.scheme":                "http",
		"url.query":                 "q=1",
		"http.route":                "/process/:item_id",
		"http.response.status_code": int64(200),
		"server.address":            "shop.example",
		"server.port":               int64(8080),
		"network.protocol.version":  "1.1",
		"network.peer.address":      "192.0.2.7",
		"network.peer.port":         int64(51234),
		"client.address":            "192.0.2.7",
		"user_agent.original":       "probe/1",
		"http.request.body.size":    int64(5),
		"http.response.body.size":   int64(40),
	}
	if got := attributesOf(span); !reflect.DeepEqual(got, want) {
		t.Errorf("got attributes  %v\nwant attributes %v", got, want)
	}
}

// TestScopeOfFrameworkWithoutScope proves that spans cannot get the SDK's own scope, which it
// uses for tracers without a name.
func TestScopeOfFrameworkWithoutScope(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation, err := r.Instrument(httpserver.Framework{Name: "chi"})
	if err != nil {
		t.Fatal(err)
	}
	_, x := instrumentation.Start(t.Context(), newRequest("/"))
	x.End(successOutcome())
	if got, want := r.Only().InstrumentationScope().Name, "github.com/samespan/samespan/core/httpserver"; got != want {
		t.Errorf("got scope %q, want %q", got, want)
	}
}

// samplerFunc samples every span, and passes the parameters to a function.
type samplerFunc func(sdktrace.SamplingParameters)

func (f samplerFunc) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	f(p)
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
}

func (samplerFunc) Description() string { return "test" }

// TestSamplerSeesTheRequest proves that a sampler receives the span name, the kind and the
// start attributes of a request.
func TestSamplerSeesTheRequest(t *testing.T) {
	var parameters sdktrace.SamplingParameters
	r := httpservertest.NewSampled(t, httpserver.Config{}, samplerFunc(func(p sdktrace.SamplingParameters) {
		parameters = p
		parameters.Attributes = append([]attribute.KeyValue(nil), p.Attributes...)
	}))
	req := newRequest("/process/1")
	req.Route = "/process/:item_id"
	_, x := instrument(t, r).Start(t.Context(), req)
	x.End(successOutcome())
	if parameters.Name != "GET /process/:item_id" || parameters.Kind != trace.SpanKindServer {
		t.Errorf("the sampler saw %s %q", parameters.Kind, parameters.Name)
	}
	keys := make(map[attribute.Key]bool)
	for _, kv := range parameters.Attributes {
		keys[kv.Key] = true
	}
	for _, key := range []attribute.Key{"http.request.method", "url.path", "url.scheme", "http.route", "server.address", "client.address"} {
		if !keys[key] {
			t.Errorf("the sampler did not see %s", key)
		}
	}
}

// TestSpanNames proves which span name, http.route and http.request.method_original follow
// from the method and the route of a request.
func TestSpanNames(t *testing.T) {
	tests := []struct {
		name, method         string
		startRoute, endRoute string
		format               httpserver.RouteFormat
		wantName             string
		wantRoute            any
		// wantOriginal is http.request.method_original.
		wantOriginal any
	}{
		{name: "route at the start", method: "GET", startRoute: "/a/:id", wantName: "GET /a/:id", wantRoute: "/a/:id"},
		{name: "route at the end", method: "GET", endRoute: "/a/:id", wantName: "GET /a/:id", wantRoute: "/a/:id"},
		{name: "route changed", method: "GET", startRoute: "/a/", endRoute: "/a/:id", wantName: "GET /a/:id", wantRoute: "/a/:id"},
		{name: "no route", method: "DELETE", wantName: "DELETE"},
		{name: "QUERY is known", method: "QUERY", endRoute: "/s", wantName: "QUERY /s", wantRoute: "/s"},
		{name: "unknown method", method: "BREW", endRoute: "/pot", wantName: "HTTP /pot", wantRoute: "/pot", wantOriginal: "BREW"},
		{name: "unknown method without route", method: "BREW", wantName: "HTTP", wantOriginal: "BREW"},
		{name: "lower case is another method", method: "get", wantName: "HTTP", wantOriginal: "get"},
		{name: "braces", method: "GET", endRoute: "/a/:id/*rest", format: httpserver.RouteBraces, wantName: "GET /a/{id}/{rest...}", wantRoute: "/a/{id}/{rest...}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := newRequest("/a/1")
			req.Method, req.Route = test.method, test.startRoute
			o := successOutcome()
			o.Route = test.endRoute
			span := runExchange(t, httpserver.Config{RouteFormat: test.format}, req, o)
			if span.Name() != test.wantName {
				t.Errorf("got name %q, want %q", span.Name(), test.wantName)
			}
			if got := httpservertest.Attribute(span, "http.route"); got != test.wantRoute {
				t.Errorf("got http.route %v, want %v", got, test.wantRoute)
			}
			if got := httpservertest.Attribute(span, "http.request.method_original"); got != test.wantOriginal {
				t.Errorf("got http.request.method_original %v, want %v", got, test.wantOriginal)
			}
			if got, want := httpservertest.Attribute(span, "http.request.method"), test.method; test.wantOriginal == nil && got != want ||
				test.wantOriginal != nil && got != "_OTHER" {
				t.Errorf("got http.request.method %v for %s", got, test.method)
			}
		})
	}
}

func TestKnownMethodsVariableReplacesOption(t *testing.T) {
	t.Setenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET, BREW")
	for method, want := range map[string]string{"GET": "GET", "BREW": "BREW", "POST": "_OTHER"} {
		req := newRequest("/")
		req.Method = method
		span := runExchange(t, httpserver.Config{KnownMethods: []string{"POST"}}, req, successOutcome())
		if got := httpservertest.Attribute(span, "http.request.method"); got != want {
			t.Errorf("%s: got http.request.method %v, want %s: the variable replaces the list", method, got, want)
		}
	}
}

// TestServerAddressIsHostWithoutPort proves that server.address and server.port are the host
// and the port of the request.
func TestServerAddressIsHostWithoutPort(t *testing.T) {
	tests := []struct {
		host    string
		address any
		port    any
	}{
		{"shop.example", "shop.example", nil},
		{"shop.example:8443", "shop.example", int64(8443)},
		{"192.0.2.1:80", "192.0.2.1", int64(80)},
		{"[2001:db8::1]:8080", "2001:db8::1", int64(8080)},
		{"[2001:db8::1]", "2001:db8::1", nil},
		{"2001:db8::1", "2001:db8::1", nil},
		{"shop.example:http", "shop.example", nil},
		{"shop.example:99999", "shop.example", nil},
		{"shop.example:", "shop.example", nil},
		{"[::1", "[::1", nil},
		{"", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.host, func(t *testing.T) {
			req := newRequest("/")
			req.Host = test.host
			span := runExchange(t, httpserver.Config{}, req, successOutcome())
			if got := httpservertest.Attribute(span, "server.address"); got != test.address {
				t.Errorf("got server.address %v, want %v", got, test.address)
			}
			if got := httpservertest.Attribute(span, "server.port"); got != test.port {
				t.Errorf("got server.port %v, want %v", got, test.port)
			}
		})
	}
}

// TestSensitiveQueryValuesAreRedacted proves which values of a query are redacted, by default
// and with the options for the query.
func TestSensitiveQueryValuesAreRedacted(t *testing.T) {
	tests := []struct {
		name   string
		config httpserver.Config
		query  string
		want   any
	}{
		{"plain", httpserver.Config{}, "a=1&b=2", "a=1&b=2"},
		{"none", httpserver.Config{}, "", nil},
		{"sensitive", httpserver.Config{}, "q=1&sig=secret&X-Amz-Signature=s&z=2", "q=1&sig=REDACTED&X-Amz-Signature=REDACTED&z=2"},
		{
			"signed URLs", httpserver.Config{},
			"X-Amz-Credential=s&X-Amz-Security-Token=s&AWSAccessKeyId=s&Signature=s%3D&X-Goog-Signature=s&Expires=9",
			"X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED&Expires=9",
		},
		{"case matters", httpserver.Config{}, "SIG=kept&signature=kept", "SIG=kept&signature=kept"},
		{"encoded key", httpserver.Config{}, "s%69g=secret", "s%69g=REDACTED"},
		{"repeated", httpserver.Config{}, "sig=a&sig=b", "sig=REDACTED&sig=REDACTED"},
		{"empty value", httpserver.Config{}, "sig=&sig", "sig=&sig"},
		{"value with equals", httpserver.Config{}, "sig=a=b", "sig=REDACTED"},
		{"configured keys", httpserver.Config{SensitiveQueryKeys: []string{"token"}}, "token=a&sig=b", "token=REDACTED&sig=b"},
		{"no keys", httpserver.Config{UnredactedQuery: true}, "sig=b", "sig=b"},
		{"omitted", httpserver.Config{WithoutQuery: true}, "a=1", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			span := runExchange(t, test.config, newRequest("/?"+test.query), successOutcome())
			if got := httpservertest.Attribute(span, "url.query"); got != test.want {
				t.Errorf("got url.query %v, want %v", got, test.want)
			}
		})
	}
}

// TestCapturedHeaders proves that only configured headers are captured, by option or variable,
// and that the values of sanitized headers are redacted.
func TestCapturedHeaders(t *testing.T) {
	headers := []string{"X-Tenant", "a", "X-Tenant", "b", "Authorization", "Bearer secret", "X-Other", "o"}
	response := newRequest("", "X-Cache", "hit", "Set-Cookie", "session=secret").Header

	t.Run("none by default", func(t *testing.T) {
		o := successOutcome()
		o.Header = response
		for key := range attributesOf(runExchange(t, httpserver.Config{}, newRequest("/", headers...), o)) {
			if strings.Contains(string(key), ".header.") {
				t.Errorf("got %s, which is not configured", key)
			}
		}
	})
	check := func(t *testing.T, config httpserver.Config, want map[attribute.Key]any) {
		t.Helper()
		o := successOutcome()
		o.Header = response
		got := attributesOf(runExchange(t, config, newRequest("/", headers...), o))
		for key, value := range want {
			if !reflect.DeepEqual(got[key], value) {
				t.Errorf("got %s=%v, want %v", key, got[key], value)
			}
		}
		if _, found := got["http.request.header.x-other"]; found {
			t.Error("got a header that is not configured")
		}
	}
	t.Run("options", func(t *testing.T) {
		check(t, httpserver.Config{
			CapturedRequestHeaders:  []string{"x-tenant", "authorization", "x-missing"},
			CapturedResponseHeaders: []string{"X-Cache", "set-cookie"},
		}, map[attribute.Key]any{
			"http.request.header.x-tenant":      []string{"a", "b"},
			"http.request.header.authorization": []string{"REDACTED"},
			"http.response.header.x-cache":      []string{"hit"},
			"http.response.header.set-cookie":   []string{"REDACTED"},
			"http.request.header.x-missing":     nil,
		})
	})
	t.Run("host", func(t *testing.T) {
		for _, test := range []struct {
			config httpserver.Config
			req    *httpserver.Request
			want   string
		}{
			{httpserver.Config{}, newRequest("/"), "shop.example:8080"},
			{httpserver.Config{}, new(httpserver.Request), "shop.example:8080"},
			{httpserver.Config{}, newRequest("/", "Host", "of the header"), "of the header"},
			{httpserver.Config{SanitizedHeaders: []string{"host"}}, newRequest("/"), "REDACTED"},
		} {
			test.req.Host = "shop.example:8080"
			test.config.CapturedRequestHeaders = []string{"host"}
			got := attributesOf(runExchange(t, test.config, test.req, successOutcome()))["http.request.header.host"]
			if !reflect.DeepEqual(got, []string{test.want}) {
				t.Errorf("got host %v, want [%s]", got, test.want)
			}
		}
	})
	t.Run("variables", func(t *testing.T) {
		t.Setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", "X-Tenant, authorization")
		t.Setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", "X-Cache")
		t.Setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", "x-ten.*")
		check(t, httpserver.Config{CapturedRequestHeaders: []string{"X-Other"}}, map[attribute.Key]any{
			"http.request.header.x-tenant":      []string{"REDACTED", "REDACTED"},
			"http.request.header.authorization": []string{"Bearer secret"},
			"http.response.header.x-cache":      []string{"hit"},
		})
	})
}

func TestAttributesAreValidUTF8AndBounded(t *testing.T) {
	hostile := "a\xff\xfe\x00b"
	long := strings.Repeat("é", 100_000)
	req := newRequest("/"+hostile+long+"?"+hostile+long, "User-Agent", hostile+long, "X-Tenant", hostile+long)
	req.Host, req.Method = hostile+long, hostile+long
	req.PeerAddress = hostile
	span := runExchange(t, httpserver.Config{CapturedRequestHeaders: []string{"X-Tenant"}}, req, successOutcome())
	for _, kv := range span.Attributes() {
		values := []string{kv.Value.AsString()}
		if kv.Value.Type() == attribute.STRINGSLICE {
			values = kv.Value.AsStringSlice()
		}
		for _, value := range values {
			if !utf8.ValidString(value) {
				t.Errorf("%s is not valid UTF-8: %.40q…", kv.Key, value)
			}
			if len(value) > 5000 {
				t.Errorf("%s has %d bytes", kv.Key, len(value))
			}
		}
	}
	if name := span.Name(); name != "HTTP" {
		t.Errorf("got name %.40q, want HTTP", name)
	}
}

func TestHooksSetNameRouteAndAttributes(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	run := func(change func(*httpserver.Outcome)) sdktrace.ReadOnlySpan {
		_, x := instrumentation.Start(t.Context(), newRequest("/a"))
		o := successOutcome()
		o.Route = "/a"
		change(&o)
		x.End(o)
		ended := r.Ended()
		return ended[len(ended)-1]
	}
	span := run(func(o *httpserver.Outcome) {
		o.SpanName = func() string { return "mine" }
		o.RouteName = func() string { return "/b" }
		o.Attributes = func() []attribute.KeyValue { return []attribute.KeyValue{attribute.String("k", "v")} }
	})
	if span.Name() != "mine" || httpservertest.Attribute(span, "http.route") != "/b" || httpservertest.Attribute(span, "k") != "v" {
		t.Errorf("got %q with %v", span.Name(), span.Attributes())
	}
	span = run(func(o *httpserver.Outcome) {
		o.SpanName = func() string { return "" }
		o.RouteName = func() string { return "" }
	})
	if span.Name() != "GET /a" {
		t.Errorf("got %q from empty hooks, want the default", span.Name())
	}

	reported := collectErrors(t)
	for range 3 {
		span = run(func(o *httpserver.Outcome) {
			o.SpanName = func() string { panic("name") }
			o.RouteName = func() string { panic("route") }
			o.Attributes = func() []attribute.KeyValue { panic("attributes") }
		})
		if span.Name() != "GET /a" || httpservertest.Attribute(span, "http.response.status_code") != int64(200) {
			t.Errorf("got %q with %v from panicking hooks, want the default", span.Name(), span.Attributes())
		}
	}
	if got := reported(); len(got) != 3 {
		t.Errorf("got %d reports %q, want one for each hook", len(got), got)
	}
}

// TestSpanNameBeyondCacheLimit proves that spans have the correct names even if there are more
// routes than the cache may store.
func TestSpanNameBeyondCacheLimit(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	for i := range 25_000 {
		req := newRequest("/")
		req.Route = fmt.Sprintf("/r%d", i)
		_, x := instrumentation.Start(t.Context(), req)
		x.End(successOutcome())
		if i == 24_999 {
			ended := r.Ended()
			if got, want := ended[len(ended)-1].Name(), "GET /r24999"; got != want {
				t.Errorf("got %q beyond the limit of the cache, want %q", got, want)
			}
		}
	}
}
