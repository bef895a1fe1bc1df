package transparent

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// requestsToCompare returns requests that lead to different kinds of responses.
func requestsToCompare(p *probe.Probe) []wire.Request {
	head := func(target string) wire.Request { return wire.Request{Method: http.MethodHead, Target: target} }
	with := func(method string) wire.Request { return wire.Request{Method: method, Target: "/process/1"} }
	requests := []wire.Request{
		wire.Get("/process/1"), head("/process/1"), with("OPTIONS"), with("DELETE"), with("TRACE"),
		wire.Get("/process/a%2Fb%20c?q=1"), wire.Get("/process/1/"), wire.Get("//process/1"), wire.Get("/process"), wire.Get("/nothing/here"), head("/nothing/here"),
		wire.Get("/healthz"), head("/healthz"), wire.Get("/docs/below"),
		wire.Get("/status/200"), wire.Get("/status/201"), wire.Get("/status/204"), wire.Get("/status/302"), wire.Get("/status/304"), wire.Get("/status/418"), wire.Get("/status/500"),
		head("/status/404"), wire.Get("/status/none"),
		wire.Get("/fail/400"), wire.Get("/fail/404"), wire.Get("/fail/503"), wire.Get("/panic"), wire.Get("/panic/inside"),
		wire.Get("/write/twice"), wire.Get("/write/partial"), wire.Get("/write/implicit"), wire.Get("/write/nothing"), wire.Get("/write/custom"), head("/write/implicit"),
		wire.Get("/stream"), head("/stream"), wire.Get("/slow/1"),
		wire.Get("/file"), head("/file"), wire.Get("/file", "Range: bytes=100-299"), wire.Get("/file", "Range: bytes=-10"), wire.Get("/file", "Range: bytes=200000-"),
		wire.Get("/file", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"),
		wire.Get("/static/hello.txt"), wire.Get("/static/none.txt"), wire.Get("/files/a/b/c"), wire.Get("/mounted/users/7"),
		wire.Post("/echo", ""), wire.Post("/echo", `{"a":1}`), wire.Post("/echo", `{"a":1}`, "Expect: 100-continue"), wire.Post("/echo", strings.Repeat("large ", 20_000)),
		{Method: "POST", Target: "/echo", Body: "chunks", Chunked: true},
		wire.Get("/upgrade"), wire.Post("/relay", "[]"), wire.Post("/relay", "garbage"),
	}
	if p.Has(contract.ResponseWriter) {
		requests = append(requests, wire.Get("/abort"))
	}
	if p.Has(contract.UnknownMethods) {
		requests = append(requests, with("FOO"))
	}
	return requests
}

// compareResponses compares the responses of the service with and without its
// instrumentation.
func compareResponses(p *probe.Probe) {
	requests := requestsToCompare(p)
	for i := range requests {
		header, traceID, _ := probe.Traceparent("01")
		requests[i].Header = append([]string{header}, requests[i].Header...)
		if i < probe.MaxEvidence {
			p.Watch(traceID)
		}
	}
	var bareAnswers, bareAnswersAgain, answers []probe.RawAnswer
	var additionalLines int
	// Repeat the comparison if there are additional lines, since the service may print a
	// part of its startup output during the first round. A line that a request causes is
	// printed in every round.
	for range 3 {
		var bareLines, printed func() int
		p.WithBareTwice(nil, func() { bareAnswersAgain, _ = fetchAnswers(p, requests) }, func() { bareAnswers, bareLines = fetchAnswers(p, requests) })
		answers, printed = fetchAnswers(p, requests)
		// The output of a process may arrive shortly after its last response.
		p.Within(300*time.Millisecond, func() bool { return printed() == bareLines() })
		if additionalLines = printed() - bareLines(); additionalLines <= 0 {
			break
		}
	}
	for i, r := range requests {
		p.Same(r, answers[i], bareAnswers[i], bareAnswersAgain[i])
	}
	p.True(additionalLines <= 0, "log entries that the service printed", probe.Show(additionalLines)+" more than without instrumentation", "at most as many as without instrumentation")
}

// fetchAnswers sends the requests and returns the responses. countLines returns how many
// lines the service has printed since the first request.
func fetchAnswers(p *probe.Probe, requests []wire.Request) (answers []probe.RawAnswer, countLines func() int) {
	countLines = p.Lines()
	for _, r := range requests {
		answers = append(answers, p.Raw(r))
	}
	return answers, countLines
}

// compareWriters compares which interfaces the response writer implements with and without
// the instrumentation.
func compareWriters(p *probe.Probe) {
	protocols := map[string]*http.Protocols{"HTTP/1.1": new(http.Protocols)}
	protocols["HTTP/1.1"].SetHTTP1(true)
	if p.Has(contract.HTTP2) {
		protocols["HTTP/2"] = new(http.Protocols)
		protocols["HTTP/2"].SetUnencryptedHTTP2(true)
	}
	for name, protocol := range probe.Sorted(protocols) {
		compareWritersOver(p, name, protocol)
	}
}

// compareWritersOver compares, over one protocol, which interfaces the response writer
// implements with and without the instrumentation. It also checks a stream.
func compareWritersOver(p *probe.Probe, protocolName string, protocol *http.Protocols) {
	client := &http.Client{Transport: &http.Transport{Protocols: protocol}}
	defer client.CloseIdleConnections()
	var bareInterfaces map[string]bool
	p.With([]string{contract.BareService}, func() { bareInterfaces = writerInterfaces(p, client, protocolName) })
	interfaces := writerInterfaces(p, client, protocolName)
	for what, offered := range probe.Sorted(bareInterfaces) {
		// A wrapper may add io.ReaderFrom and io.StringWriter, which any writer can
		// implement. It must not add other interfaces.
		if offered || !slices.Contains([]string{"reader_from", "string_writer"}, what) {
			p.Equal("whether the response writer implements "+what+" over "+protocolName, interfaces[what], offered)
		}
	}
	got := fetch(p, client, "/stream")
	p.True(strings.HasSuffix(got, "data: 5\n\n"), "stream over "+protocolName, probe.Show(got), "five events, the last of them \"data: 5\"")
}

// writerInterfaces requests GET /writer. The result says, by name, which interfaces the
// response writer of the service implements.
func writerInterfaces(p *probe.Probe, client *http.Client, protocol string) (offered map[string]bool) {
	body := fetch(p, client, "/writer")
	if err := json.Unmarshal([]byte(body), &offered); err != nil {
		p.Cannot("the response to GET /writer over %s violates CONTRACT.md: got %.80q, want JSON: %w", protocol, body, err)
	}
	return offered
}

// fetch sends a GET request with the given client, such as one for HTTP/2, and returns the
// body of the response.
func fetch(p *probe.Probe, client *http.Client, target string) string {
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, "http://"+p.Address()+target, http.NoBody)
	if err != nil {
		p.Cannot("GET %s: %w", target, err)
	}
	header, traceID, _ := probe.Traceparent("01")
	request.Header.Set("Traceparent", strings.TrimPrefix(header, "Traceparent: "))
	response, err := client.Do(request)
	if err != nil {
		p.Cannot("GET %s: %w%s", target, err, p.Details())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.Cannot("GET %s: %w%s", target, err, p.Details())
	}
	answer := wire.Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
	p.Keep(&probe.Exchange{Request: wire.Get(target, header), Response: answer, TraceID: traceID})
	return string(body)
}
