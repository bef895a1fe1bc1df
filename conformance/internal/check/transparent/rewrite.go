package transparent

import (
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// rewriteCases are requests that a middleware of the service rewrites.
var rewriteCases = []struct {
	request   wire.Request
	rewritten string // the new method and target of request
	status    int    // of the response to the rewritten request
}{
	{wire.Get("/status/503"), "GET /status/418", 418},
	{wire.Get("/nothing/here"), "GET /status/202", 202},
	{wire.Get("/status/200"), "GET /nothing/here", 404},
	{wire.Post("/status/200", ""), "GET /status/203", 203},
	{wire.Get("/files/b"), "POST /release", 200},
	{wire.Post("/relay", "{}"), "POST /echo", 200},
	{wire.Get("/healthz"), "GET /status/206", 206},
	{wire.Get("/docs/below"), "GET /mounted/users/7", 200},
	{wire.Get("/status/418"), "GET /metrics", 200},
	{wire.Get("/files/a"), "GET /static/hello.txt", 200},
}

// compareRewritten compares the responses to rewritten requests with and without the
// instrumentation. The middleware that rewrites them runs outside or inside the
// instrumentation.
func compareRewritten(p *probe.Probe) {
	for _, where := range []string{"outside", "inside"} {
		variable := "SAMESPAN_REWRITE=" + where
		var without, withoutAgain []probe.Exchange
		p.WithBareTwice([]string{variable}, func() { withoutAgain = sendRewritten(p) }, func() { without = sendRewritten(p) })
		for i, x := range without {
			if x.Response.Status != rewriteCases[i].status {
				p.Cannot("the service violates CONTRACT.md: with %s and without instrumentation, %s must be rewritten to %s: got %s, want %d",
					variable, x.Label(), rewriteCases[i].rewritten, x.Response, rewriteCases[i].status)
			}
		}
		p.With([]string{variable}, func() {
			for i, x := range sendRewritten(p) {
				if withoutAgain[i].Response.Body != without[i].Response.Body {
					x.Response.Body = without[i].Response.Body // for example an error page with the time
				}
				p.SameAnswer(x.Label()+", which a middleware "+where+" the instrumentation rewrites to "+rewriteCases[i].rewritten, x.Response, without[i].Response)
			}
		})
	}
}

// sendRewritten sends the requests of rewriteCases.
func sendRewritten(p *probe.Probe) (exchanges []probe.Exchange) {
	for _, rewrite := range rewriteCases {
		r := rewrite.request
		r.Header = append([]string{"X-Rewrite: " + rewrite.rewritten}, r.Header...)
		exchanges = append(exchanges, p.Send(r))
	}
	return exchanges
}
