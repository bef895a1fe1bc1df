package page

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance"
)

// Limits of what a cell shows: a check may send thousands of requests, or a body of a
// megabyte.
const (
	maxExchanges = 12
	maxTraces    = 12
	maxSpans     = 40
	maxProblems  = 40
	maxHeaders   = 24  // header lines of a request or response
	maxAttrs     = 64  // attributes of a span
	maxText      = 500 // bytes of a body or a value
	maxLine      = 200 // bytes of a line, such as a name or a header
)

// cellData is the content of the panel for a cell. It is embedded in the page as JSON,
// which the page's script reads.
type cellData struct {
	ID            string              `json:"id"`
	Rule          string              `json:"rule"`
	Source        string              `json:"source"`
	Level         string              `json:"level,omitempty"`
	Hint          string              `json:"hint,omitempty"`
	Help          string              `json:"help,omitempty"`
	Outcome       conformance.Outcome `json:"outcome"`
	Sign          string              `json:"sign"`
	Reason        string              `json:"reason,omitempty"`
	Took          string              `json:"took,omitempty"`
	Problems      []problemData       `json:"problems,omitempty"`
	MoreProblems  int                 `json:"moreProblems,omitempty"`
	Exchanges     []exchangeData      `json:"exchanges,omitempty"`
	MoreExchanges int                 `json:"moreExchanges,omitempty"`
	Traces        []traceData         `json:"traces,omitempty"`
	MoreTraces    int                 `json:"moreTraces,omitempty"`
}

// problemData is a conformance.Problem in the form in which the page shows it.
type problemData struct {
	What string `json:"what"`
	Got  string `json:"got"`
	Want string `json:"want"`
}

// exchangeData is a request and its response. Line is the method and target of the
// request. Answered are the header lines of the response, and Answer is its body.
type exchangeData struct {
	Line     string   `json:"line"`
	Header   []string `json:"header,omitempty"`
	Body     string   `json:"body,omitempty"`
	Status   string   `json:"status"`
	Answered []string `json:"answered,omitempty"`
	Answer   string   `json:"answer,omitempty"`
	Trace    string   `json:"trace,omitempty"`
}

func newCellData(result *conformance.Result) cellData {
	data := cellData{
		ID: result.Check.ID, Rule: escapeInvisible(result.Check.Rule), Source: escapeInvisible(result.Check.Source),
		Outcome: result.Outcome, Sign: outcomeIcons[result.Outcome], Reason: escapeInvisible(result.Reason),
		Level: escapeInvisible(string(result.Check.Level)), Hint: escapeInvisible(result.Check.Hint), Help: safeLink(result.Check.Help),
		MoreProblems:  max(0, len(result.Problems)-maxProblems),
		MoreExchanges: max(0, len(result.Evidence.Exchanges)-maxExchanges),
	}
	if took := time.Duration(result.Duration); took > 0 {
		data.Took = formatDuration(took)
	}
	for _, p := range result.Problems[:len(result.Problems)-data.MoreProblems] {
		data.Problems = append(data.Problems, problemData{What: escapeInvisible(p.What), Got: escapeInvisible(p.Got), Want: escapeInvisible(p.Want)})
	}
	exchanges := result.Evidence.Exchanges
	for i := range exchanges[:len(exchanges)-data.MoreExchanges] {
		data.Exchanges = append(data.Exchanges, newExchangeData(&exchanges[i]))
	}
	data.Traces, data.MoreTraces = newTraces(&result.Evidence)
	return data
}

// safeLink returns address if it is safe to link to, and otherwise "": a report may come
// from an untrusted source.
func safeLink(address string) string {
	if !strings.HasPrefix(address, "https://") {
		return ""
	}
	return escapeInvisible(address)
}

func newExchangeData(x *conformance.Exchange) exchangeData {
	data := exchangeData{
		Line:  escapeAndShorten(x.Request.Method+" "+x.Request.Target, maxLine),
		Body:  escapeAndShorten(x.Request.Body, maxText),
		Trace: escapeInvisible(x.TraceID),
	}
	header := slices.Clone(x.Request.Header)
	if x.Request.Host != "" {
		header = append([]string{"Host: " + x.Request.Host}, header...)
	}
	if x.Request.Chunked {
		header = append(header, "Transfer-Encoding: chunked")
	}
	data.Header = shortenHeader(header)
	data.Status, data.Answered, data.Answer = formatResponse(&x.Response)
	return data
}

// formatResponse formats a response for the panel.
func formatResponse(r *conformance.Response) (status string, header []string, body string) {
	switch {
	case r.Lost != "" && r.Status == 0:
		status = "no response: " + escapeAndShorten(r.Lost, maxLine)
	case r.Lost != "":
		status = fmt.Sprintf("%d, then cut off: %s", r.Status, escapeAndShorten(r.Lost, maxLine))
	default:
		status = strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			header = append(header, name+": "+value)
		}
	}
	return status, shortenHeader(header), escapeAndShorten(r.Body, maxText)
}

// shortenHeader escapes and shortens the first maxHeaders header lines, and omits all others.
func shortenHeader(header []string) []string {
	var shown []string
	for i, line := range header {
		if i == maxHeaders {
			return append(shown, fmt.Sprintf("… and %d more", len(header)-i))
		}
		shown = append(shown, escapeAndShorten(line, maxLine))
	}
	return shown
}

// formatDuration formats a duration with at most three digits.
func formatDuration(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}
