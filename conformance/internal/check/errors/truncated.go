package errors

import (
	"fmt"
	"net/http"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

func checkTruncatedResponses(p *probe.Probe) {
	whole := p.Send(wire.Get("/truncated/whole"))
	if r := whole.Response; r.Status != http.StatusOK || len(r.Body) != contract.TruncatedSize || r.Lost != "" {
		p.Cannot("the response to GET /truncated/whole violates CONTRACT.md: got %s, want 200 and %d bytes", describeResponse(r), contract.TruncatedSize)
	}
	if server, ok := p.Server(whole); ok {
		p.Equal("status of the span of "+whole.Label()+", whose response is complete", server.Status(), otlptest.StatusUnset)
		p.Equal("error.type of "+whole.Label()+", whose response is complete", server.Attr("error.type"), nil)
	}
	judged := 0
	for _, kind := range []string{"short", "failing"} {
		var x probe.Exchange
		added, measured := p.MeasureIfCan(func() { x = p.Send(wire.Get("/truncated/" + kind)) })
		switch {
		case x.Response.Status == http.StatusNotImplemented:
			continue // The framework truncates no response in this way.
		case isTruncated(x.Response):
			checkTruncated(p, x, added, measured)
		default:
			reportNotTruncated(p, x)
		}
		judged++
	}
	if judged == 0 {
		p.NotApplicable("the service responds with 501 to GET /truncated/short and GET /truncated/failing")
	}
}

// isTruncated reports whether a response with the status 200 ended in the middle of its
// body.
func isTruncated(r wire.Response) bool {
	return r.Status == http.StatusOK && r.Body != "" && r.Lost != ""
}

// checkTruncated checks what is recorded for a truncated response. added is what the
// exchange has added to the metrics; measured is false if the service has no metrics.
func checkTruncated(p *probe.Probe, x probe.Exchange, added probe.Added, measured bool) {
	what := " of " + x.Label() + ", whose response is truncated"
	const wanted = "an exception type, or another error name"
	p.OneDuration(x, added, measured)
	for _, point := range added.Of(probe.DurationMetric) {
		p.True(point.Attributes["error.type"] != nil, "error.type of "+probe.DurationMetric+what, "none", wanted)
	}
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	errorType, _ := server.Attr("error.type").(string)
	p.True(errorType != "", "error.type"+what, probe.Show(server.Attr("error.type")), wanted)
	p.Equal("status of the span"+what, server.Status(), otlptest.StatusError)
	p.Equal("http.response.status_code"+what, server.Attr("http.response.status_code"), any(int64(http.StatusOK)))
}

// reportNotTruncated is called for a complete response that must be truncated according to
// the contract. If the service without its instrumentation truncates the response, it
// records a problem. Otherwise the service violates the contract, and the check ends with
// the outcome "error".
func reportNotTruncated(p *probe.Probe, x probe.Exchange) {
	if p.Has(contract.Bare) && !p.IsRunning() {
		var without probe.Exchange
		p.With([]string{contract.BareService}, func() { without = p.SendAs(wire.Get(x.Request.Target)) })
		if isTruncated(without.Response) {
			p.Problem("response to "+x.Label(), describeResponse(x.Response), describeResponse(without.Response)+", as without instrumentation")
			return
		}
	}
	p.Cannot("the response to %s violates CONTRACT.md: got %s, want 200 and only a part of the body of %d bytes", x.Label(), describeResponse(x.Response), contract.TruncatedSize)
}

// describeResponse describes a response in a text: its status, the size of the body that
// has arrived, and whether the body is complete.
func describeResponse(r wire.Response) string {
	text := fmt.Sprintf("%d and %d bytes", r.Status, len(r.Body))
	if r.Lost == "" {
		return text + ", complete"
	}
	return text + ", truncated"
}
