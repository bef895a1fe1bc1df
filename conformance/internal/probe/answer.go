package probe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// RawAnswer is a raw response.
type RawAnswer struct {
	// head is the status lines and headers, including interim responses. Date, times and the
	// values of Last-Modified and ETag are removed, since they may differ between two services.
	// If body ends before a stack trace, so is the value of Content-Length. The headers of each
	// response are sorted by their names in lower case, since neither the case of a name nor the
	// order of different names has a meaning: RFC 9110, sections 5.1 and 5.3.
	head string
	// body is the body without chunk boundaries, which depend on timing. It ends before
	// the first frame of a stack trace.
	body         string
	isIncomplete bool
}

// Patterns of header lines whose values may differ between two responses. Last-Modified
// and ETag are validators. timeValue matches a time in the value of any header.
var (
	dateHeader      = regexp.MustCompile(`(?im)^Date: .*\r\n`)
	validatorHeader = regexp.MustCompile(`(?im)^((?:Last-Modified|ETag): ).*\r$`)
	lengthHeader    = regexp.MustCompile(`(?im)^(Content-Length: ).*\r$`)
	timeValue       = regexp.MustCompile(`(?i)\b(?:mon|tue|wed|thu|fri|sat|sun), \d{2}[ -][a-z]{3}[ -]\d{4} \d{2}:\d{2}:\d{2} GMT\b`)
)

// Raw sends a request and returns the raw response.
func (p *Probe) Raw(r wire.Request) RawAnswer {
	conn, err := wire.Dial(p.Context(), p.Address())
	if err != nil {
		p.Cannot("%s %.80s: %w%s", r.Method, r.Target, err, p.Details())
	}
	defer conn.Close()
	// The error is ignored, since the service may answer and close the connection before it
	// has read a large request.
	_, _ = conn.Write(r.Bytes("localhost"))
	sent, _ := io.ReadAll(conn)

	var a RawAnswer
	remaining := sent
	for {
		end := bytes.Index(remaining, []byte("\r\n\r\n"))
		if end < 0 {
			break
		}
		a.head += sortHeaders(string(remaining[:end+2]))
		if !bytes.HasPrefix(remaining, []byte("HTTP/1.1 1")) {
			break
		}
		remaining = remaining[end+4:]
	}
	a.head = maskDates(a.head)
	response, err := wire.ReadResponse(bufio.NewReader(bytes.NewReader(sent)), r.Method)
	a.isIncomplete = err != nil
	var cut bool
	if a.body, cut = textBeforeStack(response.Body); cut {
		a.head = lengthHeader.ReplaceAllString(a.head, "${1}…\r")
	}
	p.Keep(&Exchange{Request: r, Response: response})
	return a
}

// maskDates removes from the headers the values that depend on the current time or on the
// times of files.
func maskDates(head string) string {
	head = validatorHeader.ReplaceAllString(dateHeader.ReplaceAllString(head, ""), "${1}…\r")
	return timeValue.ReplaceAllString(head, "…")
}

// sortHeaders writes the names of the headers in lower case, and sorts the headers by their
// names. head is a status line and the headers that follow it.
func sortHeaders(head string) string {
	lines := slices.Collect(strings.Lines(head))
	for i, line := range lines[1:] {
		if name, value, ok := strings.Cut(line, ":"); ok {
			lines[i+1] = strings.ToLower(name) + ":" + value
		}
	}
	slices.SortStableFunc(lines[1:], func(x, y string) int {
		xName, _, _ := strings.Cut(x, ":")
		yName, _, _ := strings.Cut(y, ":")
		return strings.Compare(xName, yName)
	})
	return strings.Join(lines, "")
}

// NextSecond waits until the clock of the service has reached another second. Times in
// responses often have whole seconds.
func (p *Probe) NextSecond() { p.Within(time.Second, func() bool { return false }) }

// WithBareTwice calls first and second with two different services that run without
// instrumentation and with env. What differs between their responses is not due to the
// instrumentation: for example the time, or the id or the folder of the process.
func (p *Probe) WithBareTwice(env []string, first, second func()) {
	bare := append([]string{contract.BareService}, env...)
	p.With(bare, first)
	p.NextSecond()
	// With shares services by env: the repeated variable makes env differ.
	p.With(append(bare, contract.BareService), second)
}

// responseVariance describes the difference between two responses without instrumentation to
// the same request: the names of headers with different values, such as request ids and
// cookies, and whether the bodies differ.
type responseVariance struct {
	differingHeaders map[string]bool
	bodyDiffers      bool
}

// findVariance returns what differs between two responses without instrumentation to the same
// request.
func findVariance(first, second RawAnswer) responseVariance {
	v := responseVariance{differingHeaders: make(map[string]bool), bodyDiffers: first.body != second.body}
	headerValues := func(head string) map[string]string {
		values := make(map[string]string)
		for line := range strings.Lines(head) {
			name, value, _ := strings.Cut(line, ":")
			values[strings.ToLower(name)] += value
		}
		return values
	}
	firstValues, secondValues := headerValues(first.head), headerValues(second.head)
	for _, values := range []map[string]string{firstValues, secondValues} {
		for name := range values {
			if firstValues[name] != secondValues[name] && !strings.HasPrefix(name, "http/") {
				v.differingHeaders[name] = true
			}
		}
	}
	return v
}

// mask returns the response without the varying parts.
func (v responseVariance) mask(a RawAnswer) RawAnswer {
	var head strings.Builder
	for line := range strings.Lines(a.head) {
		if name, _, _ := strings.Cut(line, ":"); !v.differingHeaders[strings.ToLower(name)] {
			head.WriteString(line)
		}
	}
	a.head = head.String()
	if v.bodyDiffers {
		a.head, a.body = lengthHeader.ReplaceAllString(a.head, "${1}…\r"), ""
	}
	return a
}

// Same records a problem unless got equals want. want and wantAgain are two responses
// without instrumentation; the parts in which they differ are not compared.
func (p *Probe) Same(r wire.Request, got, want, wantAgain RawAnswer) {
	varies := findVariance(want, wantAgain)
	got, want = varies.mask(got), varies.mask(want)
	const maxHeaders = 3
	what := Exchange{Request: r}.Label()
	header := r.Header[1:]
	for _, line := range header[:min(len(header), maxHeaders)] {
		what += fmt.Sprintf(", %.60s", line)
	}
	if more := len(header) - maxHeaders; more > 0 {
		what += fmt.Sprintf(" and %d more headers", more)
	}
	p.checkSameText("status line and headers of "+what, got.head, want.head)
	p.checkSameText("body of "+what, got.body, want.body)
	p.Equal("whether the response is incomplete, "+what, got.isIncomplete, want.isIncomplete)
}

// checkSameText records a problem if two texts differ, and shows them from the first
// difference on.
func (p *Probe) checkSameText(what, got, want string) {
	if got == want {
		return
	}
	from := 0
	for from < min(len(got), len(want)) && got[from] == want[from] {
		from++
	}
	from = max(0, from-20)
	p.Problem(what+fmt.Sprintf(", from byte %d", from), Show(got[from:]), Show(want[from:]))
}

// SameAnswer records a problem unless status and body of two responses are equal.
func (p *Probe) SameAnswer(what string, got, want wire.Response) {
	p.Equal("response status of "+what, got.Status, want.Status)
	p.Equal("body of "+what, got.Body, want.Body)
	p.Equal("whether the response is complete, "+what, got.Lost == "", want.Lost == "")
}

// Answered records a problem unless all exchanges have complete responses with the given
// status.
func (p *Probe) Answered(exchanges []Exchange, status int) {
	wrongStatuses := 0
	example := ""
	for i := range exchanges {
		if got := exchanges[i].Response; got.Status != status || got.Lost != "" {
			wrongStatuses++
			example = Show(got.Status) + " " + got.Lost
		}
	}
	p.True(wrongStatuses == 0, "requests without the expected response", Show(wrongStatuses)+" of "+Show(len(exchanges))+", the last with status "+example,
		"none: status "+Show(status)+" for all")
}

// AnswerJSON decodes the response body into value. If it
// cannot be decoded, the check ends with the outcome "error".
func (p *Probe) AnswerJSON(x Exchange, value any) {
	err := json.Unmarshal([]byte(x.Response.Body), value)
	if err != nil || x.Response.Status != 200 {
		p.Cannot("the response to %s %s violates CONTRACT.md: got %s%s, want 200 and JSON%s",
			x.Request.Method, x.Request.Target, x.Response, Because(err), p.instance.Details())
	}
}
