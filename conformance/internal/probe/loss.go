package probe

import (
	"regexp"
	"slices"
	"strconv"

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

// telemetryLine matches output lines about telemetry. Other lines, such as those
// of an access log, are ignored.
var telemetryLine = regexp.MustCompile(`(?im)^.*(?:telemetry|otel|otlp|export|span|dropped|lost|queue|collector).*$`)

// LinesOfTelemetry returns the lines that the service has printed about telemetry.
func (p *Probe) LinesOfTelemetry() []string { return telemetryLine.FindAllString(p.Output(), -1) }

// PrintsNumber reports whether the service has printed a number in a line about
// telemetry.
func (p *Probe) PrintsNumber(number int) bool { return mentionsNumber(p.Output(), number) }

// mentionsNumber reports whether the output has a number in a line about telemetry.
// A number that is part of a path, a time or a file position does not count.
func mentionsNumber(output string, number int) bool {
	alone := regexp.MustCompile(`(?:^|[^\w.:/-]|":)` + strconv.Itoa(number) + `(?:$|[^\w.:/-]|[.:](?:\s|$))`)
	return slices.ContainsFunc(telemetryLine.FindAllString(output, -1), alone.MatchString)
}
