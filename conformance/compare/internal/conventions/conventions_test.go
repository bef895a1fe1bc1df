package conventions

import (
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// minRequests is the minimum number of requests that every adapter must record.
const minRequests = 50

func TestTelemetryMatchesItsDocumentation(t *testing.T) {
	rows := readTelemetryTables(t)
	for name, serve := range serviceStarters {
		for mode, config := range map[string]httpserver.Config{
			"default": {RouteFormat: httpserver.RouteBraces},
			"opt-in": {
				RouteFormat: httpserver.RouteBraces, BodySizes: true, ActiveRequests: true,
				CapturedRequestHeaders: []string{"X-Tenant"}, CapturedResponseHeaders: []string{"Content-Type"},
			},
		} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				recorder := httpservertest.NewDefault(t, config)
				address := serve(t, newService(t), recorder)
				c := adapterCheck{adapter: name, optIn: mode == "opt-in", tables: rows}
				before := 0
				requests := requestCases
				if !strings.HasPrefix(name, "fiberotel") {
					requests = slices.Concat(requestCases, http2RequestCases)
				}
				for _, e := range requests {
					send := requestCase.send
					if e.version() == "2" {
						send = requestCase.sendHTTP2
					}
					status := send(e, t, address)
					ended := recorder.Ended()
					added := ended[before:]
					before = len(ended)
					if len(added) != 1 {
						if len(added) > 1 || !e.mayBeUnrecorded(name) {
							t.Errorf("%s, answered %d: got %d spans, want one", e.line, status, len(added))
						}
						continue
					}
					c.checkSpan(t, e, status, added[0])
				}
				if before < minRequests {
					t.Errorf("got %d spans of %d requests, want at least %d", before, len(requests), minRequests)
				}
				c.checkMetrics(t, recorder, before)
			})
		}
	}
}

// adapterCheck compares the telemetry of an adapter with the tables of TELEMETRY.md.
type adapterCheck struct {
	adapter string
	// optIn is set if the adapter is configured to record Opt-In attributes and metrics.
	optIn  bool
	tables telemetryTables
	// expectedSeries are the attributes of the series that the histograms must have. They
	// are derived from the recorded spans.
	expectedSeries []map[string]any
}

// sharedAttributes are the keys of the attributes that the span of a request and its data
// point of http.server.request.duration have in common.
var sharedAttributes = []string{
	"http.request.method", "url.scheme", "http.route", "http.response.status_code", "error.type", "network.protocol.version",
}

// checkSpan checks the span of a request, and adds its metric series to c.expectedSeries.
func (c *adapterCheck) checkSpan(t *testing.T, e requestCase, status int, span sdktrace.ReadOnlySpan) {
	t.Helper()
	got := make(map[string]any)
	for _, kv := range span.Attributes() {
		key := string(kv.Key)
		if _, twice := got[key]; twice {
			t.Errorf("%s: %s is there twice", e.line, key)
		}
		got[key] = kv.Value.AsInterface()
		row, known := c.tables.findAttribute(key)
		switch {
		case !known:
			t.Errorf("%s: got %s=%v, which the table does not have", e.line, key, got[key])
		case typeOf(got[key]) != row.valueType:
			t.Errorf("%s: got %s=%v, want the type %s", e.line, key, got[key], row.valueType)
		case row.level == levelOptIn && !c.optIn:
			t.Errorf("%s: got %s=%v, which is Opt-In", e.line, key, got[key])
		case got[key] == "":
			t.Errorf("%s: %s is empty", e.line, key)
		}
	}
	want := expectedAttributes(e, status)
	for key, row := range c.tables.spanAttributes {
		if row.level == levelOptIn || key == "http.route" || key == "error.type" || key == "network.peer.port" {
			continue
		}
		if _, ok := got[key]; key == "http.response.status_code" && !ok && e.failed && c.adapter == "nethttpotel" {
			continue // a recovery middleware outside nethttpotel has sent the response
		}
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s: got %s=%v, want %v", e.line, key, got[key], want[key])
		}
	}
	if port, ok := got["network.peer.port"].(int64); !ok || port < 1024 {
		t.Errorf("%s: got network.peer.port=%v, want the client's", e.line, got["network.peer.port"])
	}
	c.checkRoute(t, e, span, got)
	c.checkFailure(t, e, status, span, got)
	if c.optIn {
		c.checkOptIn(t, e, got)
	}
	point := make(map[string]any)
	for _, key := range sharedAttributes {
		if value, ok := got[key]; ok {
			point[key] = value
		}
	}
	c.expectedSeries = append(c.expectedSeries, point)
}

// expectedAttributes returns the attributes that follow from the request and from the
// status of its response.
func expectedAttributes(e requestCase, status int) map[string]any {
	want := map[string]any{
		"http.request.method": e.method(), "url.scheme": "http", "network.protocol.version": e.version(),
		"network.peer.address": "127.0.0.1", "client.address": "127.0.0.1", "http.response.status_code": int64(status),
	}
	known := []string{"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
	if !slices.Contains(known, e.method()) {
		want["http.request.method"], want["http.request.method_original"] = "_OTHER", e.method()
	}
	if path := e.path(); path != "" {
		want["url.path"] = path
	}
	if query := e.query(); query != "" {
		want["url.query"] = strings.ReplaceAll(query, "secret", "REDACTED")
	}
	if authority := e.authority(); authority != "" {
		host, port, err := net.SplitHostPort(authority)
		if err != nil {
			host = strings.Trim(authority, "[]")
		} else if n, err := strconv.ParseInt(port, 10, 64); err == nil {
			want["server.port"] = n
		}
		want["server.address"] = host
	}
	for line := range strings.SplitSeq(e.header, "\r\n") {
		if agent, ok := strings.CutPrefix(line, "User-Agent: "); ok {
			want["user_agent.original"] = strings.ToValidUTF8(agent, "\uFFFD")
		}
	}
	return want
}

// checkRoute checks the route and the span name.
func (c *adapterCheck) checkRoute(t *testing.T, e requestCase, span sdktrace.ReadOnlySpan, got map[string]any) {
	t.Helper()
	route, _ := got["http.route"].(string)
	if e.route != "*" && route != e.route {
		t.Errorf("%s: got http.route=%q, want %q", e.line, route, e.route)
	}
	name, _ := got["http.request.method"].(string)
	if name == "_OTHER" {
		name = "HTTP"
	}
	if route != "" {
		name += " " + route
	}
	if span.Name() != name || span.SpanKind() != trace.SpanKindServer {
		t.Errorf("%s: got a %v span %q, want a server span %q", e.line, span.SpanKind(), span.Name(), name)
	}
}

// checkFailure checks error.type, and the status and the events of the span.
func (c *adapterCheck) checkFailure(t *testing.T, e requestCase, status int, span sdktrace.ReadOnlySpan, got map[string]any) {
	t.Helper()
	errorType, failed := got["error.type"].(string)
	if want := e.failed || status >= http.StatusInternalServerError; failed != want || (span.Status().Code == codes.Error) != want {
		t.Errorf("%s, answered %d: got error.type=%q and %v, want a failure: %v", e.line, status, errorType, span.Status(), want)
	}
	if failed && !e.failed && errorType != strconv.Itoa(status) {
		t.Errorf("%s: got error.type=%q, want %d", e.line, errorType, status)
	}
	if span.Status().Description != "" {
		t.Errorf("%s: got description %q, want none", e.line, span.Status().Description)
	}
	for _, event := range span.Events() {
		if event.Name != "exception" {
			t.Errorf("%s: got event %q, want exceptions alone", e.line, event.Name)
		}
		for _, kv := range event.Attributes {
			if key := string(kv.Key); typeOf(kv.Value.AsInterface()) != "string" ||
				!slices.Contains([]string{"exception.type", "exception.message", "exception.stacktrace"}, key) {
				t.Errorf("%s: got %s=%v on an exception", e.line, key, kv.Value.AsInterface())
			}
		}
	}
}

// checkOptIn checks the Opt-In attributes of a span.
func (c *adapterCheck) checkOptIn(t *testing.T, e requestCase, got map[string]any) {
	t.Helper()
	if size, ok := got["http.request.body.size"]; e.route == "/echo" && size != int64(strings.Count(e.body, "a")*3) || ok && size.(int64) < 0 {
		t.Errorf("%s: got http.request.body.size=%v of %q", e.line, size, e.body)
	}
	if tenants, ok := got["http.request.header.x-tenant"]; ok != strings.Contains(e.header, "X-Tenant") ||
		ok && !reflect.DeepEqual(tenants, []string{"acme", "other"}) {
		t.Errorf("%s: got tenants %v", e.line, tenants)
	}
}

// checkMetrics checks the instruments and every metric series. A series of a histogram must
// have the attributes of a recorded span, and each span must be measured once. The parameter
// spans is the number of recorded spans.
func (c *adapterCheck) checkMetrics(t *testing.T, recorder *httpservertest.Recorder, spans int) {
	t.Helper()
	names := make(map[string]bool)
	for _, instrument := range recorder.Instruments() {
		names[instrument.Name] = true
		row, known := c.tables.metrics[instrument.Name]
		if !known || instrument.Kind != row.instrument || instrument.Unit != row.unit {
			t.Errorf("got %+v, want %+v", instrument, row)
		}
		if row.level == levelOptIn && !c.optIn {
			t.Errorf("got %s, which is Opt-In", instrument.Name)
		}
		for _, point := range recorder.Points(instrument.Name) {
			c.checkPoint(t, instrument, point)
		}
	}
	for name, row := range c.tables.metrics {
		if names[name] != (row.level != levelOptIn || c.optIn) {
			t.Errorf("%s: got any: %v", name, names[name])
		}
	}
	measured := uint64(0)
	for _, point := range recorder.Points("http.server.request.duration") {
		measured += point.Count
	}
	if measured != uint64(spans) { //nolint:gosec // a number of requests
		t.Errorf("got %d measurements of %d requests", measured, spans)
	}
}

// checkPoint checks that the table lists the attributes of a data point and, if the point is
// of a histogram, that a recorded span has the same attributes.
func (c *adapterCheck) checkPoint(t *testing.T, instrument httpservertest.Instrument, point httpservertest.Point) {
	t.Helper()
	got := make(map[string]any)
	for key, value := range point.Attributes {
		got[string(key)] = value
		row, known := c.tables.seriesAttributes[string(key)]
		if !known || typeOf(value) != row.valueType || row.metrics != "all metrics" && instrument.Kind != "histogram" || value == "" {
			t.Errorf("%s: got %s=%v, want %+v", instrument.Name, key, value, row)
		}
	}
	for key, row := range c.tables.seriesAttributes {
		if _, ok := got[key]; !ok && row.level == levelRequired {
			t.Errorf("%s: %s is missing of %v", instrument.Name, key, got)
		}
	}
	if instrument.Kind != "histogram" {
		return
	}
	if !slices.ContainsFunc(c.expectedSeries, func(span map[string]any) bool { return reflect.DeepEqual(span, got) }) {
		t.Errorf("%s: got a series %v, which no span stands for", instrument.Name, got)
	}
}
