package conformance

// rewrites are requests that a middleware turns into others, with what those are
// answered.
var rewrites = []struct {
	request Request
	as      string
	status  int
}{
	{Get("/status/503"), "GET /status/418", 418},
	{Get("/nothing/here"), "GET /status/202", 202},
	{Get("/status/200"), "GET /nothing/here", 404},
	{Post("/status/200", ""), "GET /status/203", 203},
	{Get("/files/b"), "POST /release", 200},
	{Post("/relay", "{}"), "POST /echo", 200},
	{Get("/healthz"), "GET /status/206", 206},
	{Get("/docs/below"), "GET /mounted/users/7", 200},
	{Get("/status/418"), "GET /metrics", 200},
	{Get("/files/a"), "GET /static/hello.txt", 200},
}

// rewritten compares the answers to requests that a middleware changes.
func rewritten(p *Probe) {
	for _, where := range []string{"outside", "inside"} {
		variable := "SAMESPAN_REWRITE=" + where
		var without []Exchange
		p.with([]string{bare, variable}, func() { without = p.rewrite() })
		for i, x := range without {
			if x.Response.Status != rewrites[i].status {
				p.cannot("with %s and without instrumentation, %s is not turned into %s as CONTRACT.md says: got %d %.80q, want %d",
					variable, x.label(), rewrites[i].as, x.Response.Status, x.Response.Body, rewrites[i].status)
			}
		}
		p.with([]string{variable}, func() {
			for i, x := range p.rewrite() {
				p.sameAnswer(x.label()+" that a middleware "+where+" turns into "+rewrites[i].as, x.Response, without[i].Response)
			}
		})
	}
}

// rewrite sends the requests.
func (p *Probe) rewrite() (exchanges []Exchange) {
	for _, rewrite := range rewrites {
		r := rewrite.request
		r.Header = append([]string{"X-Rewrite: " + rewrite.as}, r.Header...)
		exchanges = append(exchanges, p.Send(r))
	}
	return exchanges
}
