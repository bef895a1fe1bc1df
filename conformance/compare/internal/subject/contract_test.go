package subject_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
)

// contractCase is a request with the results that CONTRACT.md specifies.
type contractCase struct {
	rawRequest
	status int
	// body is the expected body. If it is JSON, white space does not matter.
	body string
	// acceptsAnyBody is set if the body depends on the framework.
	acceptsAnyBody bool
	// contentType is the prefix of the expected Content-Type, or "".
	contentType string
	// children are the spans that the handler starts, in the format of childrenByTrace.
	children []string
	// bareSpans are further spans, which are expected only without instrumentation. With
	// instrumentation, they are in the trace of a background task or, for an excluded
	// request, not recorded.
	bareSpans []string
	// perFramework maps the name of a framework to the case that replaces this case.
	perFramework map[string]contractCase
	// bareBody is the expected body without instrumentation, if it differs from body.
	bareBody string
}

// newGetRequest returns a GET request. Each header has the form "Name: value".
func newGetRequest(path string, headers ...string) rawRequest {
	return rawRequest{method: "GET", target: path, headers: headers}
}

// newPostRequest returns a POST request. Each header has the form "Name: value".
func newPostRequest(path, body string, headers ...string) rawRequest {
	return rawRequest{method: "POST", target: path, headers: append(headers, "Content-Length: "+strconv.Itoa(len(body))), body: body}
}

const (
	textType = "text/plain"
	jsonType = "application/json"
)

// contractCases returns the requests of the contract that TestContract sends.
func contractCases() []contractCase {
	events := []string{"stream_event event.number=1", "stream_event event.number=2", "stream_event event.number=3", "stream_event event.number=4", "stream_event event.number=5"}
	notImplemented := map[string]contractCase{"Fiber": {status: 501, acceptsAnyBody: true}}
	cases := []contractCase{
		{
			rawRequest: newGetRequest("/process/a%20b"), status: 200, body: `{"item_id":"a b","status":"processed"}`, contentType: jsonType,
			children: []string{"process_item_logic item.id=a b processing.status=completed"},
		},
		{rawRequest: newGetRequest("/status/418"), status: 418, body: "status 418", contentType: textType},
		{rawRequest: newGetRequest("/status/204"), status: 204},
		{rawRequest: newGetRequest("/status/304"), status: 304},
		{rawRequest: newGetRequest("/status/199"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/deaf/418"), status: 418, body: "status 418", contentType: textType},
		{rawRequest: newGetRequest("/deaf/204"), status: 204},
		{rawRequest: newGetRequest("/deaf/no"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/described/503"), status: 503, body: "status 503", contentType: textType},
		{rawRequest: newGetRequest("/described/no"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/late/404"), status: 404, body: "status 404", contentType: textType, perFramework: notImplemented},
		{rawRequest: newGetRequest("/late/204"), status: 204, perFramework: notImplemented},
		{rawRequest: newGetRequest("/late/no"), status: 400, acceptsAnyBody: true, perFramework: notImplemented},
		{
			rawRequest: newPostRequest("/batch", `["GET /status/503","POST /echo","GET /panic","POST /batch","GET /nothing/here"]`),
			status:     200, body: `{"statuses":[503,200,500,200,404]}`, contentType: jsonType,
		},
		{rawRequest: newPostRequest("/batch", "{}"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/fail/503"), status: 503, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/fail/no"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/panic"), status: 500, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/panic/inside"), status: 500, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/stream"), status: 200, body: "data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5\n\n", contentType: "text/event-stream", children: events},
		{rawRequest: newGetRequest("/background"), status: 202, body: "accepted", contentType: textType, bareSpans: []string{"background_work"}},
		{rawRequest: newPostRequest("/held", ""), status: 200, body: "let go", contentType: textType},
		{rawRequest: newPostRequest("/lifecycle/flush", ""), status: 200, body: `{"shutdown":[],"flush":[""]}`, contentType: jsonType},
		{rawRequest: newPostRequest("/lifecycle/nothing", ""), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/slow/1"), status: 200, body: "ok", contentType: textType},
		{rawRequest: newGetRequest("/slow/-1"), status: 400, acceptsAnyBody: true},
		{rawRequest: newPostRequest("/echo", "hello", "Content-Type: text/plain"), status: 200, body: "hello", contentType: textType},
		{rawRequest: newPostRequest("/echo", "hello"), status: 200, body: "hello", contentType: "application/octet-stream"},
		{rawRequest: newGetRequest("/file"), status: 200, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/upgrade"), status: 426, acceptsAnyBody: true},
		{rawRequest: newPostRequest("/relay", "[]"), status: 200, body: `{"statuses":[]}`, contentType: jsonType},
		{rawRequest: newPostRequest("/relay", "{}"), status: 400, acceptsAnyBody: true},

		{rawRequest: newGetRequest("/context/request"), status: 200, body: "ok", contentType: textType, children: []string{"context_child context.source=request"}},
		{
			rawRequest: newGetRequest("/context/framework"), status: 200, body: "ok", contentType: textType,
			children: []string{"context_child context.source=framework"},
			perFramework: map[string]contractCase{"Fiber": {
				status: 200, body: "ok", contentType: textType,
				children: []string{"context_child context.source=framework", "context_child context.source=framework"},
			}},
		},
		{rawRequest: newGetRequest("/context/middleware"), status: 200, body: "ok", contentType: textType, children: []string{"context_child context.source=middleware"}},
		{rawRequest: newGetRequest("/context/goroutine"), status: 200, body: "ok", contentType: textType, children: []string{"context_child context.source=goroutine"}},
		{rawRequest: newGetRequest("/context/nowhere"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/after/7"), status: 202, body: "accepted", contentType: textType, children: []string{"after_response item.id=7"}},
		{rawRequest: newPostRequest("/release", ""), status: 200, body: "released", contentType: textType},
		{rawRequest: newPostRequest("/release", ""), status: 200, body: "released", contentType: textType},
		{rawRequest: newGetRequest("/baggage"), status: 200, body: `{}`, contentType: jsonType},
		{rawRequest: newGetRequest("/baggage", "baggage: a=b%20c"), status: 200, body: `{"a":"b c"}`, contentType: jsonType, bareBody: `{}`},
		{rawRequest: newGetRequest("/baggage", "X-Set-Baggage: k=v%20w"), status: 200, body: `{"k":"v w"}`, contentType: jsonType},
		{rawRequest: newGetRequest("/baggage", "baggage: a=b", "X-Set-Baggage: k=v"), status: 200, body: `{"a":"b","k":"v"}`, contentType: jsonType, bareBody: `{"k":"v"}`},
		{rawRequest: newGetRequest("/baggage", "X-Set-Baggage: ;"), status: 400, acceptsAnyBody: true},

		{rawRequest: newGetRequest("/mounted/users/1"), status: 200, body: "ok", contentType: textType},
		{rawRequest: newGetRequest("/mounted/nothing"), status: 404, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/files/a/b.txt"), status: 200, body: "ok", contentType: textType},
		{rawRequest: newGetRequest("/static/hello.txt"), status: 200, body: "hello\n", contentType: textType},
		{rawRequest: newGetRequest("/static/none.txt"), status: 404, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/nothing/here"), status: 404, acceptsAnyBody: true},
		{rawRequest: newPostRequest("/process/1", ""), status: 405, acceptsAnyBody: true},

		{rawRequest: newGetRequest("/write/twice"), status: 201, body: "created", perFramework: map[string]contractCase{"Fiber": {status: 500, body: "created"}}},
		{rawRequest: newGetRequest("/write/partial"), status: 200, body: "partial", perFramework: map[string]contractCase{"Fiber": {status: 500, acceptsAnyBody: true}}},
		{rawRequest: newGetRequest("/write/implicit"), status: 200, body: "ok"},
		{rawRequest: newGetRequest("/write/nothing"), status: 200},
		{rawRequest: newGetRequest("/write/custom"), status: 418, body: "custom"},
		{rawRequest: newGetRequest("/write/flushed"), status: 200, body: "late", perFramework: map[string]contractCase{"Fiber": {status: 500, body: "late"}}},
		{rawRequest: newGetRequest("/write/nothing-known"), status: 400, acceptsAnyBody: true},
		{rawRequest: newGetRequest("/truncated/whole"), status: 200, body: strings.Repeat("x", 100_000), contentType: "application/octet-stream"},
		{rawRequest: newGetRequest("/truncated/nothing-known"), status: 400, acceptsAnyBody: true},
		{
			rawRequest: newGetRequest("/writer"), status: 200, contentType: jsonType, perFramework: notImplemented,
			body: `{"flusher":true,"hijacker":true,"reader_from":true,"pusher":false,"flush_error":true,"deadlines":true,"string_writer":true}`,
		},
	}
	for _, path := range []string{"/healthz", "/metrics", "/docs"} {
		cases = append(cases, contractCase{rawRequest: newGetRequest(path), status: 200, body: "ok", contentType: textType, bareSpans: []string{"excluded_logic"}})
	}
	// Gin's writer hides the ReaderFrom interface of the server's writer.
	for i := range cases {
		if cases[i].target == "/writer" {
			gin := cases[i]
			gin.body = strings.Replace(gin.body, `"reader_from":true`, `"reader_from":false`, 1)
			cases[i].perFramework = map[string]contractCase{"Fiber": notImplemented["Fiber"], "Gin": gin}
		}
	}
	return cases
}

// forFramework returns the case that applies to a framework.
func (c contractCase) forFramework(framework string) contractCase {
	if other, ok := c.perFramework[framework]; ok {
		other.rawRequest = c.rawRequest
		return other
	}
	return c
}

// TestContract checks that each subject responds and records spans as CONTRACT.md specifies,
// with and without instrumentation.
func TestContract(t *testing.T) {
	for _, bare := range []bool{false, true} {
		t.Run("bare="+strconv.FormatBool(bare), func(t *testing.T) {
			t.Setenv("SAMESPAN_BARE", strconv.FormatBool(bare))
			forEachSubject(t, func(t *testing.T, s subject.Subject) { testContract(t, s, bare) })
		})
	}
}

// testContract checks one subject. bare is true if the subject is not instrumented.
func testContract(t *testing.T, s subject.Subject, bare bool) {
	r := startSubject(t, s)
	var cases []contractCase
	for i, c := range contractCases() {
		c = c.forFramework(s.Framework)
		if bare && c.bareBody != "" {
			c.body = c.bareBody
		}
		cases = append(cases, c)
		c.headers = append([]string{"traceparent: 00-" + traceIDOf(i) + "-b7ad6b7169203331-01"}, c.headers...)
		status, body, header := r.send(c.rawRequest)
		if status != c.status || !c.acceptsAnyBody && !equalBodies(body, c.body) {
			t.Errorf("%s %s: got %d %q, want %d %q", c.method, c.target, status, body, c.status, c.body)
		}
		if !strings.HasPrefix(header.Get("Content-Type"), c.contentType) {
			t.Errorf("%s %s: got Content-Type %q, want %q", c.method, c.target, header.Get("Content-Type"), c.contentType)
		}
		for name := range header {
			if slices.Contains([]string{"Traceparent", "Tracestate", "Baggage"}, name) {
				t.Errorf("%s %s: the answer has the header %s", c.method, c.target, name)
			}
		}
	}
	byTrace := childrenByTrace(r.stopAndGetSpans())
	if !bare {
		for i, c := range cases {
			if got := byTrace[traceIDOf(i)]; !slices.Equal(got, c.children) {
				t.Errorf("%s %s: got the children %q, want %q", c.method, c.target, got, c.children)
			}
		}
		return
	}
	// Without the instrumentation each of these spans is a root span.
	var got, want []string
	for _, c := range cases {
		want = append(append(want, c.children...), c.bareSpans...)
	}
	for _, children := range byTrace {
		got = append(got, children...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got the spans %q,\nwant %q", got, want)
	}
}

// traceIDOf returns the trace id of the request of the case with the index.
func traceIDOf(i int) string { return fmt.Sprintf("%032x", i+1) }

// equalBodies reports whether two bodies are equal. If they are JSON objects, it ignores
// white space.
func equalBodies(got, want string) bool {
	if !strings.HasPrefix(want, "{") {
		return got == want
	}
	var g, w any
	if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &w) != nil {
		return false
	}
	return fmt.Sprint(g) == fmt.Sprint(w)
}

// childrenByTrace describes the service's own spans, by trace id. A description has the
// span's name and attributes. The descriptions of a trace are sorted.
func childrenByTrace(spans []otlptest.Span) map[string][]string {
	found := make(map[string][]string)
	for _, s := range spans {
		if !strings.HasSuffix(s.Scope.Name, "/internal/reference") || s.Kind() != otlptest.KindInternal {
			continue
		}
		text := s.Name()
		var attributes []string
		for key, value := range s.Attributes {
			attributes = append(attributes, fmt.Sprintf(" %s=%v", key, value))
		}
		slices.Sort(attributes)
		found[s.TraceID()] = append(found[s.TraceID()], text+strings.Join(attributes, ""))
	}
	for _, children := range found {
		slices.Sort(children)
	}
	return found
}

// TestContractOfAbort checks that GET /abort sends a part of the body and then aborts the
// response. Fiber cannot do this, so the response is 501.
func TestContractOfAbort(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		if s.Framework == "Fiber" {
			if status, _, _ := r.send(newGetRequest("/abort")); status != http.StatusNotImplemented {
				t.Errorf("got %d, want 501", status)
			}
			return
		}
		response, err := http.Get("http://" + r.addr + "/abort")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		// Gin's recovery ends the response normally, so that the client gets no error.
		if broken := err != nil; response.StatusCode != http.StatusOK || string(body) != "partial" || broken == (s.Framework == "Gin") {
			t.Errorf("got %d %q, %v", response.StatusCode, body, err)
		}
	})
}

// TestContractOfTruncatedResponses checks that GET /truncated/{kind} sends fewer bytes than
// Content-Length announces.
func TestContractOfTruncatedResponses(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		for _, kind := range []string{"short", "failing"} {
			response, err := http.Get("http://" + r.addr + "/truncated/" + kind)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err == nil || response.StatusCode != http.StatusOK || response.ContentLength != 100_000 || len(body) == 0 || len(body) > 50_000 {
				t.Errorf("%s: got %d, a Content-Length of %d and %d bytes, %v", kind, response.StatusCode, response.ContentLength, len(body), err)
			}
			response.Body.Close()
		}
	})
}

// TestContractOfUpload checks that POST /upload reports the size and the temporary files of a
// form, and that the files are removed after the response.
func TestContractOfUpload(t *testing.T) {
	const form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		status, body, _ := r.send(newPostRequest("/upload", form, "Content-Type: multipart/form-data; boundary=b"))
		var answer struct {
			Files []string
			Bytes int
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 || answer.Bytes != 5 || !strings.Contains(body, `"files":[`) {
			t.Fatalf("got %d %q (%v)", status, body, err)
		}
		if onDisk := s.Framework != "Fiber"; onDisk != (len(answer.Files) == 1) {
			t.Errorf("got the files %q", answer.Files)
		}
		// The server removes the files after it has started to send the response.
		r.stop()
		for _, name := range answer.Files {
			if _, err := os.Stat(name); err == nil {
				t.Errorf("%s is still there after the answer", name)
			}
		}
	})
}

// TestContractOfInvalidUpload checks that POST /upload responds with 400 to a body that is
// not a form.
func TestContractOfInvalidUpload(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		if status, _, _ := r.send(newPostRequest("/upload", "hello")); status != http.StatusBadRequest {
			t.Errorf("got %d for a body that is no form, want 400", status)
		}
	})
}

// TestContractOfObservedErrors checks that GET /observed returns how many errors the error
// handler and the outer middleware have received.
func TestContractOfObservedErrors(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		want := 0
		for _, path := range []string{"/status/503", "/fail/404", "/fail/503", "/write/custom", "/write/partial"} {
			if s.Framework != "net/http" && !strings.HasPrefix(path, "/status/") {
				want++
			}
			r.send(newGetRequest(path))
			_, body, _ := r.send(newGetRequest("/observed"))
			if text := fmt.Sprintf(`{"error_handler":%d,"outer_errors":%d}`, want, want); !equalBodies(body, text) {
				t.Errorf("after %s: got %s, want %s", path, body, text)
			}
		}
	})
}

// TestContractOfProcessedMetric checks that the metric reference.processed counts only GET
// requests to /process/{item_id}.
func TestContractOfProcessedMetric(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		for range 3 {
			r.send(newGetRequest("/process/1"))
		}
		r.send(rawRequest{method: "HEAD", target: "/process/1"})
		r.send(newGetRequest("/healthz"))
		r.stop()
		points := r.collector.Points("reference.processed")
		if len(points) == 0 || points[len(points)-1].Value != 3 || len(points[0].Attributes) != 0 {
			t.Errorf("got %+v, want 3 requests and no attributes", points)
		}
	})
}

// TestContractOfHTTP2 checks that subjects accept HTTP/2 without TLS, except with Fiber.
func TestContractOfHTTP2(t *testing.T) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		if s.Framework == "Fiber" {
			t.Skip("fasthttp does not speak it")
		}
		r := startSubject(t, s)
		defer client.CloseIdleConnections()
		response, err := client.Get("http://" + r.addr + "/process/1")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.ProtoMajor != 2 || response.StatusCode != http.StatusOK {
			t.Errorf("got %s %s", response.Proto, response.Status)
		}
	})
}

// TestContractOfUpgrade tests the route that switches protocols, for which send cannot be
// used.
func TestContractOfUpgrade(t *testing.T) {
	forEachSubject(t, func(t *testing.T, s subject.Subject) {
		r := startSubject(t, s)
		conn, err := net.DialTimeout("tcp", r.addr, waitTimeout)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(waitTimeout)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /upgrade HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		head, line, _ := strings.Cut(string(answer), "\r\n\r\n")
		if err != nil || !strings.HasPrefix(head, "HTTP/1.1 101 ") || line != "hello\n" {
			t.Errorf("got %q, %v", answer, err)
		}
	})
}
