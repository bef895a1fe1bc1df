package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// rawAnswer is an answer as it came over the wire.
type rawAnswer struct {
	// head are the status lines and the headers, interim answers included, in
	// their order; without Date, and without the value of Last-Modified, in
	// which two services may differ.
	head string
	// body is without the chunks that it came in, which depend on time.
	body string
	// broken says that the answer did not come to its end.
	broken bool
}

var (
	dateHeader   = regexp.MustCompile(`(?im)^Date: .*\r\n`)
	modifiedDate = regexp.MustCompile(`(?im)^(Last-Modified: ).*\r$`)
)

// raw sends a request and returns the answer as it came.
func (p *Probe) raw(r Request) rawAnswer {
	conn, err := dial(p.ctx, p.instance.addr)
	if err != nil {
		p.cannot("%s %.80s: %w%s", r.Method, r.Target, err, p.instance.printed())
	}
	defer conn.Close()
	// A service may answer, and close, before it has read a large request.
	_, _ = conn.Write(r.bytes("localhost"))
	wire, _ := io.ReadAll(conn)

	var a rawAnswer
	rest := wire
	for {
		end := bytes.Index(rest, []byte("\r\n\r\n"))
		if end < 0 {
			break
		}
		a.head += string(rest[:end+2])
		if !bytes.HasPrefix(rest, []byte("HTTP/1.1 1")) {
			break
		}
		rest = rest[end+4:]
	}
	a.head = modifiedDate.ReplaceAllString(dateHeader.ReplaceAllString(a.head, ""), "${1}…\r")
	response, err := readResponse(bufio.NewReader(bytes.NewReader(wire)), r.Method)
	a.body, a.broken = response.Body, err != nil
	p.keep(&Exchange{Request: r, Response: response})
	return a
}

// same records a problem unless an answer is the one without instrumentation.
func (p *Probe) same(r Request, got, want rawAnswer) {
	what := Exchange{Request: r}.label()
	for _, header := range r.Header[1:] {
		what += fmt.Sprintf(", %.60s", header)
	}
	p.sameText("status line and headers of "+what, got.head, want.head)
	p.sameText("body of "+what, got.body, want.body)
	p.Equal("answer that breaks off, "+what, got.broken, want.broken)
}

// sameText records a problem with two texts from where they begin to differ.
func (p *Probe) sameText(what, got, want string) {
	if got == want {
		return
	}
	from := 0
	for from < min(len(got), len(want)) && got[from] == want[from] {
		from++
	}
	from = max(0, from-20)
	p.Problem(what+fmt.Sprintf(", from byte %d", from), show(got[from:]), show(want[from:]))
}

// shapes are requests that are answered in different shapes.
func (p *Probe) shapes() []Request {
	head := func(target string) Request { return Request{Method: http.MethodHead, Target: target} }
	with := func(method string) Request { return Request{Method: method, Target: "/process/1"} }
	shapes := []Request{
		Get("/process/1"), head("/process/1"), with("OPTIONS"), with("DELETE"), with("TRACE"),
		Get("/process/a%2Fb%20c?q=1"), Get("/process/1/"), Get("//process/1"), Get("/process"), Get("/nothing/here"), head("/nothing/here"),
		Get("/healthz"), head("/healthz"), Get("/docs/below"),
		Get("/status/200"), Get("/status/201"), Get("/status/204"), Get("/status/302"), Get("/status/304"), Get("/status/418"), Get("/status/500"),
		head("/status/404"), Get("/status/none"),
		Get("/fail/400"), Get("/fail/404"), Get("/fail/503"), Get("/panic"), Get("/panic/inside"),
		Get("/write/twice"), Get("/write/partial"), Get("/write/implicit"), Get("/write/nothing"), Get("/write/custom"), head("/write/implicit"),
		Get("/stream"), head("/stream"), Get("/slow/1"),
		Get("/file"), head("/file"), Get("/file", "Range: bytes=100-299"), Get("/file", "Range: bytes=-10"), Get("/file", "Range: bytes=200000-"),
		Get("/file", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"),
		Get("/static/hello.txt"), Get("/static/none.txt"), Get("/files/a/b/c"), Get("/mounted/users/7"),
		Post("/echo", ""), Post("/echo", `{"a":1}`), Post("/echo", `{"a":1}`, "Expect: 100-continue"), Post("/echo", strings.Repeat("large ", 20_000)),
		{Method: "POST", Target: "/echo", Body: "chunks", Chunked: true},
		Get("/upgrade"), Post("/relay", "[]"), Post("/relay", "garbage"),
	}
	if p.subject.Capabilities[ResponseWriter] {
		shapes = append(shapes, Get("/abort"))
	}
	if p.subject.Capabilities[UnknownMethods] {
		shapes = append(shapes, with("FOO"))
	}
	return shapes
}

// sameResponses compares the answers of the service with and without its
// instrumentation.
func sameResponses(p *Probe) {
	shapes := p.shapes()
	for i := range shapes {
		header, traceID, _ := traceparent("01")
		shapes[i].Header = append([]string{header}, shapes[i].Header...)
		p.traces = append(p.traces, traceID)
	}
	p.traces = p.traces[:maxEvidence]
	var without, with []rawAnswer
	var more int
	// A line that is left from the start may come in the middle of the first
	// round: one that a request makes comes in every round.
	for range 3 {
		var printedWithout, printed func() int
		p.with([]string{bare}, func() { without, printedWithout = p.answers(shapes) })
		with, printed = p.answers(shapes)
		// What a process prints arrives a moment later.
		deadline := time.Now().Add(300 * time.Millisecond)
		for printed() != printedWithout() && time.Now().Before(deadline) {
			pause(p.ctx, 5*time.Millisecond)
		}
		if more = printed() - printedWithout(); more <= 0 {
			break
		}
	}
	for i, r := range shapes {
		p.same(r, with[i], without[i])
	}
	p.True(more <= 0, "lines that the service prints meanwhile", show(more)+" more", "no more than without instrumentation")
}

// answers are those of the service to the requests; printed tells how many
// lines it has printed since the first.
func (p *Probe) answers(requests []Request) (answers []rawAnswer, printed func() int) {
	i := p.instance
	lines := func() int { return strings.Count(i.service.Output(), "\n") }
	before := lines()
	for _, r := range requests {
		answers = append(answers, p.raw(r))
	}
	return answers, func() int { return lines() - before }
}

// sameWriter compares what the response writer offers with and without the
// instrumentation.
func sameWriter(p *Probe) {
	protocols := map[string]*http.Protocols{"HTTP/1.1": new(http.Protocols)}
	protocols["HTTP/1.1"].SetHTTP1(true)
	if p.subject.Capabilities[HTTP2] {
		protocols["HTTP/2"] = new(http.Protocols)
		protocols["HTTP/2"].SetUnencryptedHTTP2(true)
	}
	for name, protocol := range sorted(protocols) {
		p.sameWriterOver(name, protocol)
	}
}

func (p *Probe) sameWriterOver(name string, protocol *http.Protocols) {
	client := &http.Client{Transport: &http.Transport{Protocols: protocol}}
	defer client.CloseIdleConnections()
	var without map[string]bool
	p.with([]string{bare}, func() { without = p.writer(client, name) })
	with := p.writer(client, name)
	for what, offered := range sorted(without) {
		p.Equal("that the response writer offers "+what+" over "+name, with[what], offered)
	}
	got := p.fetch(client, "/stream")
	p.True(strings.HasSuffix(got, "data: 5\n\n"), "stream over "+name, show(got), "five events")
}

// writer asks the service what its response writer offers.
func (p *Probe) writer(client *http.Client, protocol string) (offered map[string]bool) {
	body := p.fetch(client, "/writer")
	if err := json.Unmarshal([]byte(body), &offered); err != nil {
		p.cannot("GET /writer over %s is not answered as CONTRACT.md says: %.80q (%w)", protocol, body, err)
	}
	return offered
}

// fetch gets a target with a client of its own, such as one of HTTP/2.
func (p *Probe) fetch(client *http.Client, target string) string {
	request, err := http.NewRequestWithContext(p.ctx, http.MethodGet, "http://"+p.instance.addr+target, http.NoBody)
	if err != nil {
		p.cannot("GET %s: %w", target, err)
	}
	header, traceID, _ := traceparent("01")
	request.Header.Set("Traceparent", strings.TrimPrefix(header, "Traceparent: "))
	response, err := client.Do(request)
	if err != nil {
		p.cannot("GET %s: %w%s", target, err, p.instance.printed())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.cannot("GET %s: %w%s", target, err, p.instance.printed())
	}
	answer := Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
	p.keep(&Exchange{Request: Get(target, header), Response: answer, TraceID: traceID})
	return string(body)
}
