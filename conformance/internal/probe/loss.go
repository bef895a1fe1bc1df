package probe

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/samespan/samespan/conformance/internal/wire"
)

// SpansPerRequest returns how many spans the current service exports for a request for
// /process: the server span, the handler's span, and possibly more, such as a span for each
// middleware. A service without a working collector loses that many spans for each request.
func (p *Probe) SpansPerRequest() int {
	const required = 2
	x := p.Send(wire.Get("/process/" + p.Unique()))
	p.Settle()
	p.SettledServers(x)
	return max(required, len(p.Trace(x.TraceID)))
}

var (
	// telemetryWord matches a word that output about telemetry has. Lines without such a word,
	// such as those of an access log, are ignored.
	telemetryWord = regexp.MustCompile(`(?i)telemetry|otel|otlp|export|span|dropped|lost|queue|collector`)
	// correlationField matches the name of a field with which log libraries say to which span
	// an entry belongs. Any line of a log may have such fields.
	correlationField = regexp.MustCompile(`(?i)span[._-]?id\b|otel(?:TraceID|SpanID|TraceSampled|ServiceName)\b`)
)

// LinesOfTelemetry returns the lines that the service has printed about telemetry.
func (p *Probe) LinesOfTelemetry() []string { return linesOfTelemetry(p.Output()) }

// linesOfTelemetry returns the lines of the output that are about telemetry.
func linesOfTelemetry(output string) (lines []string) {
	for line := range strings.Lines(output) {
		if telemetryWord.MatchString(correlationField.ReplaceAllString(line, "")) {
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
	}
	return lines
}

// PrintsNumber reports whether the service has printed a number in a line about
// telemetry.
func (p *Probe) PrintsNumber(number int) bool { return mentionsNumber(p.Output(), number) }

// mentionsNumber reports whether the output has a number in a line about telemetry.
// A number that is part of a path, a time or a file position does not count.
func mentionsNumber(output string, number int) bool {
	alone := regexp.MustCompile(`(?:^|[^\w.:/-]|":)` + strconv.Itoa(number) + `(?:$|[^\w.:/-]|[.:](?:\s|$))`)
	return slices.ContainsFunc(linesOfTelemetry(output), alone.MatchString)
}
