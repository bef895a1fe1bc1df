package subject_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/httpserver"
)

// forEachSubject runs f for every subject.
func forEachSubject(t *testing.T, f func(t *testing.T, s subject.Subject)) {
	for _, s := range subject.All {
		t.Run(s.Name, func(t *testing.T) { f(t, s) })
	}
}

func TestProcessRecordsTwoSpans(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		status, body, _ := r.send(rawRequest{method: "GET", target: "/process/12345"})
		var processed reference.Processed
		if err := json.Unmarshal([]byte(body), &processed); err != nil || status != 200 ||
			processed != (reference.Processed{ItemID: "12345", Status: "processed"}) {
			t.Errorf("got %d %q (%v)", status, body, err)
		}
		spans := r.stopAndGetSpans()
		if len(spans) != 2 {
			t.Fatalf("got %d spans, want 2:\n%v", len(spans), r.collector.Snapshot())
		}
		logic, server := spans[0], spans[1]
		if logic.Kind() == otlptest.KindServer {
			logic, server = server, logic
		}
		if server.Name() != "GET "+s.Process || logic.Name() != "process_item_logic" {
			t.Errorf("got %q over %q", server.Name(), logic.Name())
		}
		if logic.ParentID() != server.SpanID() || logic.TraceID() != server.TraceID() || server.ParentID() != "" {
			t.Error("the spans are not parent and child of one trace")
		}
		for key, want := range map[string]any{
			"http.request.method": "GET", "http.route": s.Process, "http.response.status_code": int64(200), "url.path": "/process/12345",
		} {
			if got := server.Attr(key); got != want {
				t.Errorf("got %s=%v, want %v", key, got, want)
			}
		}
		for key, want := range map[string]any{"item.id": "12345", "processing.status": "completed"} {
			if got := logic.Attr(key); got != want {
				t.Errorf("got %s=%v, want %v", key, got, want)
			}
		}
		for key, want := range map[string]any{
			"service.name": s.Name, "deployment.environment": "production", "team": "platform",
		} {
			if got := server.Resource[key]; got != want {
				t.Errorf("got resource %s=%v, want %v", key, got, want)
			}
		}
		if want := "github.com/samespan/samespan/" + s.Name; server.Scope.Name != want || server.Scope.Version == "" || server.Scope.SchemaURL == "" {
			t.Errorf("got scope %+v, want %s with a version and a schema URL", server.Scope, want)
		}
	})
}

// comparedRequest is a request whose span must be the same in every framework.
type comparedRequest struct {
	name string
	rawRequest
	// bodyDependsOnFramework is set if the body, and therefore its size, depends on the
	// framework.
	bodyDependsOnFramework bool
	// lacksContentLength is set if the response has no Content-Length. In Fiber the size of
	// such a response is unknown: fasthttp does not report how much of a stream it sends.
	lacksContentLength bool
}

const (
	// callerTraceID is the trace id in traceparentHeader.
	callerTraceID = "0af7651916cd43dd8448eb211c80319c"
	// traceparentHeader is a header for rawRequest.headers.
	traceparentHeader = "traceparent: 00-" + callerTraceID + "-b7ad6b7169203331-01"
)

// comparedRequests returns the requests whose spans are compared between the frameworks.
func comparedRequests() []comparedRequest {
	return []comparedRequest{
		{name: "process", rawRequest: rawRequest{method: "GET", target: "/process/12345?q=1&sig=secret", headers: []string{traceparentHeader}}, bodyDependsOnFramework: true},
		{name: "escaped", rawRequest: rawRequest{method: "GET", target: "/process/a%20b"}, bodyDependsOnFramework: true},
		{name: "status", rawRequest: rawRequest{method: "GET", target: "/status/418"}},
		{name: "no content", rawRequest: rawRequest{method: "GET", target: "/status/204"}},
		{name: "failure answered", rawRequest: rawRequest{method: "GET", target: "/status/503"}},
		{name: "not found by the handler", rawRequest: rawRequest{method: "GET", target: "/fail/404"}, bodyDependsOnFramework: true},
		{name: "failed", rawRequest: rawRequest{method: "GET", target: "/fail/503"}, bodyDependsOnFramework: true},
		{name: "panic", rawRequest: rawRequest{method: "GET", target: "/panic"}, bodyDependsOnFramework: true},
		{name: "unmatched", rawRequest: rawRequest{method: "GET", target: "/nothing/here"}, bodyDependsOnFramework: true},
		{name: "method not allowed", rawRequest: rawRequest{method: "POST", target: "/process/1"}, bodyDependsOnFramework: true},
		{name: "stream", rawRequest: rawRequest{method: "GET", target: "/stream"}, lacksContentLength: true},
		{name: "slow", rawRequest: rawRequest{method: "GET", target: "/slow/1"}},
		{name: "background", rawRequest: rawRequest{method: "GET", target: "/background"}},
		{name: "file", rawRequest: rawRequest{method: "GET", target: "/file"}},
		{name: "echo", rawRequest: rawRequest{method: "POST", target: "/echo", headers: []string{"Content-Length: 5"}, body: "hello"}},
		{
			name:               "echo chunked",
			rawRequest:         rawRequest{method: "POST", target: "/echo?chunked", headers: []string{"Transfer-Encoding: chunked"}, body: "5\r\nhello\r\n0\r\n\r\n"},
			lacksContentLength: true,
		},
		{name: "relay", rawRequest: rawRequest{method: "POST", target: "/relay", headers: []string{"Content-Length: 2"}, body: "[]"}, bodyDependsOnFramework: true},
	}
}

// matchesSpan reports whether s is the server span of this request.
func (c comparedRequest) matchesSpan(s otlptest.Span) bool {
	path, query, _ := strings.Cut(c.target, "?")
	recorded, _ := s.Attr("url.query").(string)
	return s.Attr("url.path") == path && s.Attr("http.request.method") == c.method &&
		recorded == strings.Replace(query, "secret", "REDACTED", 1)
}

// spanShape is the part of a span that must be the same in every framework.
type spanShape struct {
	Name, Kind, Status, StatusMessage string
	Attributes                        map[string]any
	Events                            []string
}

// shapeOf returns the compared part of the span of the request c.
func shapeOf(s otlptest.Span, c comparedRequest) spanShape {
	attributes := maps.Clone(map[string]any(s.Attributes))
	delete(attributes, "network.peer.port")
	if c.bodyDependsOnFramework || c.lacksContentLength {
		delete(attributes, "http.response.body.size")
	}
	if c.name == "panic" {
		// If the recovery uses net/http's writer, its response is invisible to the
		// instrumentation.
		delete(attributes, "http.response.status_code")
	}
	var events []string
	for _, e := range s.Events() {
		events = append(events, e.Name)
	}
	return spanShape{
		Name: s.Name(), Kind: string(s.Kind()), Status: string(s.Status()), StatusMessage: s.StatusMessage(),
		Attributes: attributes, Events: events,
	}
}

// TestSameSpanWhateverTheFramework checks that each request has the same server span in all
// frameworks, apart from the differences that shapeOf removes.
func TestSameSpanWhateverTheFramework(t *testing.T) {
	shapes := make(map[string]map[string]spanShape) // by the names of subject and request
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s, core.WithRouteFormat(httpserver.RouteBraces), core.WithActiveRequests(), core.WithBodySizes())
		for _, c := range comparedRequests() {
			r.send(c.rawRequest)
		}
		all := serverSpans(r.stopAndGetSpans())
		if want := len(comparedRequests()); len(all) != want {
			t.Errorf("got %d server spans, want %d:\n%v", len(all), want, r.collector.Snapshot())
		}
		ownShapes := make(map[string]spanShape)
		for _, c := range comparedRequests() {
			index := slices.IndexFunc(all, c.matchesSpan)
			if index < 0 {
				t.Errorf("%s: no server span", c.name)
				continue
			}
			ownShapes[c.name] = shapeOf(all[index], c)
		}
		shapes[s.Name] = ownShapes
	})
	firstShapes := shapes[subject.All[0].Name]
	for _, s := range subject.All[1:] {
		for _, c := range comparedRequests() {
			if got, want := shapes[s.Name][c.name], firstShapes[c.name]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s:\n got %+v\nwant %+v as %s has it", s.Name, c.name, got, want, subject.All[0].Name)
			}
		}
	}
}

// TestSameSeriesWhateverTheFramework checks that the requests have the same metric series,
// with the same counts, in all frameworks.
func TestSameSeriesWhateverTheFramework(t *testing.T) {
	series := make(map[string]map[string]int)
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s, core.WithRouteFormat(httpserver.RouteBraces), core.WithActiveRequests(), core.WithBodySizes())
		for _, c := range comparedRequests() {
			r.send(c.rawRequest)
		}
		r.send(rawRequest{method: "GET", target: "/healthz"})
		r.stop()
		points := make(map[string]int)
		for _, name := range []string{
			"http.server.request.duration", "http.server.request.body.size", "http.server.response.body.size", "http.server.active_requests",
		} {
			for _, p := range r.collector.Points(name) {
				route, _ := p.Attributes["http.route"].(string)
				if route == "/panic" {
					// If the recovery uses net/http's writer, its response is invisible
					// to the instrumentation.
					delete(p.Attributes, "http.response.status_code")
				}
				if name == "http.server.response.body.size" && (route == "/stream" || route == "/echo" || route == "/panic") {
					// These sizes may be unknown: the size of a stream in Fiber, and the
					// size of the recovery's response in net/http and Echo.
					continue
				}
				points[name+" "+p.Attributes.String()] = int(p.Count)
				if name == "http.server.active_requests" && p.Value != 0 {
					t.Errorf("got %v active requests after the end, want 0", p.Value)
				}
			}
		}
		series[s.Name] = points
	})
	firstSeries := series[subject.All[0].Name]
	if len(firstSeries) < 20 {
		t.Errorf("got only %d series: %v", len(firstSeries), firstSeries)
	}
	for _, s := range subject.All[1:] {
		for name, count := range firstSeries {
			if got := series[s.Name][name]; got != count {
				t.Errorf("%s: got %d measurements of %s, want %d as %s has it", s.Name, got, name, count, subject.All[0].Name)
			}
		}
		for name, count := range series[s.Name] {
			if _, ok := firstSeries[name]; !ok {
				t.Errorf("%s: got %d measurements of %s, which %s does not have", s.Name, count, name, subject.All[0].Name)
			}
		}
	}
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		for _, path := range []string{"/healthz", "/metrics", "/docs"} {
			status, body, _ := r.send(rawRequest{method: "GET", target: path, headers: []string{traceparentHeader}})
			if status != http.StatusOK || body != "ok" {
				t.Errorf("%s answered %d %q", path, status, body)
			}
		}
		if spans := r.stopAndGetSpans(); len(spans) != 0 {
			t.Errorf("got %d spans under excluded requests:\n%v", len(spans), r.collector.Snapshot())
		}
	})
}

func TestMalformedHeadersChangeNothing(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		_, want, _ := r.send(rawRequest{method: "GET", target: "/process/1"})
		malformed := []string{
			"traceparent: 00-zz-zz-01", "traceparent: " + strings.Repeat("0", 3000), "tracestate: ,,,===", "baggage: %%%=;;;,\xff=\xfe",
			"baggage: " + strings.Repeat("k=v,", 700), "User-Agent: \xff\xfe", "X-Forwarded-For: \xff, 'nowhere", "Forwarded: for=\"[::",
		}
		for _, header := range malformed {
			headers := []string{header}
			if strings.HasPrefix(header, "tracestate") {
				headers = append(headers, traceparentHeader)
			}
			status, body, header := r.send(rawRequest{method: "GET", target: "/process/1", headers: headers})
			if status != http.StatusOK || body != want {
				t.Errorf("%.40q: got %d %q, want 200 %q", headers, status, body, want)
			}
			for name := range header {
				if strings.EqualFold(name, "traceparent") || strings.EqualFold(name, "baggage") {
					t.Errorf("%.40q: the response has the header %s", headers, name)
				}
			}
		}
		if got, want := len(serverSpans(r.stopAndGetSpans())), len(malformed)+1; got != want {
			t.Errorf("got %d server spans, want %d: a hostile header lost some", got, want)
		}
	})
}
