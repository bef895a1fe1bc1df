package conformance

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// errorChecks are about failures: seen, and nothing about them changed.
func errorChecks() []Check {
	return append([]Check{
		{
			ID:     "error/handler",
			Level:  Requirement,
			Rule:   "When a handler fails with an error, the span's status follows the status on the wire: below 500 it stays unset.",
			Source: `HTTP semantic conventions v1.43, "Status"; users of today's packages`,
			run:    errorHandler,
		},
		{
			ID:    "error/handler-once",
			Level: Choice,
			Rule: "The framework's error handler runs as often as without the instrumentation, and a middleware outside " +
				"sees the original error as it does without.",
			Source: "users of today's packages",
			Needs:  []Capability{Bare},
			run:    errorHandlerOnce,
		},
		{
			ID:    "error/wire-status",
			Level: Requirement,
			Rule: "http.response.status_code is the status on the wire: of the first of two, of what was written or flushed before an error, " +
				"of a custom error handler, of a connection that was taken over, 200 where nothing was said; none where none was sent.",
			Source: "HTTP semantic conventions v1.43, attribute http.response.status_code; users of today's packages",
			run:    errorWireStatus,
		},
		{
			ID:     "error/hook",
			Level:  Choice,
			Rule:   "An application's own hook that panics changes no answer, loses no span, and is reported once.",
			Source: "users of today's packages",
			Needs:  []Capability{Hooks},
			Env:    []string{"SAMESPAN_HOOKS=panic"},
			Own:    true,
			run:    errorHook,
		},
	}, slices.Concat(panicChecks(), clientChecks(), handlerChecks())...)
}

func errorHandler(p *Probe) {
	var exchanges []Exchange
	for _, target := range []string{"/fail/400", "/fail/404", "/fail/500", "/fail/503"} {
		exchanges = append(exchanges, p.Send(Get(target)))
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		if x.Response.Status < 500 {
			p.judged(x, server)
			continue
		}
		p.Equal("http.response.status_code of "+x.label(), server.Attr("http.response.status_code"), int64(x.Response.Status))
		p.Equal("status of the span of "+x.label(), server.Status(), otlptest.StatusError)
		p.True(server.Attr("error.type") != nil, "error.type of "+x.label(), "none", "the status, or the error's type")
	}
}

// observed is the answer of GET /observed.
type observed struct {
	ErrorHandler int `json:"error_handler"`
	OuterErrors  int `json:"outer_errors"`
}

func (p *Probe) observed() observed {
	var o observed
	x := p.SendAs(Get("/observed"))
	if err := json.Unmarshal([]byte(x.Response.Body), &o); err != nil {
		p.cannot("GET /observed is not answered as CONTRACT.md says: %d %.80q: %w", x.Response.Status, x.Response.Body, err)
	}
	return o
}

// observe returns what the service has observed of a request.
func (p *Probe) observe(target string) observed {
	before := p.observed()
	p.Send(Get(target))
	after := p.observed()
	return observed{after.ErrorHandler - before.ErrorHandler, after.OuterErrors - before.OuterErrors}
}

func errorHandlerOnce(p *Probe) {
	targets := []string{"/fail/404", "/fail/503", "/write/custom"}
	without := make(map[string]observed)
	p.with([]string{bare}, func() {
		for _, target := range targets {
			without[target] = p.observe(target)
		}
	})
	for _, target := range targets {
		got := p.observe(target)
		p.Equal("calls of the error handler by GET "+target, got.ErrorHandler, without[target].ErrorHandler)
		p.Equal("original errors that a middleware outside sees of GET "+target, got.OuterErrors, without[target].OuterErrors)
	}
}

func errorWireStatus(p *Probe) {
	targets := []string{
		"/write/twice", "/write/partial", "/write/implicit", "/write/nothing", "/write/custom", "/write/flushed", "/status/206", "/fail/422",
	}
	if p.subject.Capabilities[ResponseWriter] {
		targets = append(targets, "/write/hijacked", "/write/aborted")
	}
	var exchanges []Exchange
	for _, target := range targets {
		exchanges = append(exchanges, p.Send(Get(target)))
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		got, want := server.Attr("http.response.status_code"), any(int64(x.Response.Status))
		switch {
		case x.Response.Status == 0:
			want = nil
		case x.Request.Target == "/write/aborted" && got == nil:
			// A recovery further out has answered, which may be out of sight.
			continue
		}
		p.Equal("http.response.status_code of "+x.label(), got, want)
	}
}

func errorHook(p *Probe) {
	item := p.unique()
	x, failed := p.Send(Get("/process/"+item)), p.Send(Get("/status/503"))
	p.Equal("status of GET /process/… with hooks that panic", x.Response.Status, 200)
	p.True(strings.Contains(x.Response.Body, item), "answer to GET /process/… with hooks that panic", show(x.Response.Body), "the usual one")
	p.Equal("status of GET /status/503 with hooks that panic", failed.Response.Status, 503)
	p.Equal("answer to GET /status/503 with hooks that panic", failed.Response.Body, "status 503")
	if x.Response.Status != 200 {
		return // No fence is answered either.
	}
	p.Settle()
	if server, ok := p.settledServer(x); ok {
		p.Equal("name of the span of a hook that panics", server.Name(), "GET "+p.subject.template("/process/{item_id}"))
		p.judged(x, server)
	}
	if server, ok := p.settledServer(failed); ok {
		p.judged(failed, server)
	}
	p.hooksReported()
}

// hooksReported looks for the panics of the two hooks in what the service has
// printed: each is reported once, or one for both. Of a service in the suite's
// own process that does not write to Output, nobody sees that.
func (p *Probe) hooksReported() {
	if !p.prints() {
		return
	}
	count := func() int { return strings.Count(p.instance.service.Output(), "hook of the service panics") }
	// What a process prints arrives a moment later.
	for deadline := time.Now().Add(lateness); count() == 0 && time.Now().Before(deadline); {
		pause(p.ctx, 5*time.Millisecond)
	}
	reported := count()
	p.True(reported == 1 || reported == 2, "reports of the two hooks that panic", show(reported), "1 or 2")
}

// prints tells whether the suite sees what the service prints.
func (p *Probe) prints() bool {
	switch service := p.instance.service.(type) {
	case *goroutine:
		return service.writes.Load()
	case *process:
		return true
	default:
		return p.subject.Capabilities[Process]
	}
}
