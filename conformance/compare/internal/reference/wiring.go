package reference

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Wiring is what the contract's variables change of the service itself.
type Wiring struct {
	// Recovery is the status that the recovery outside answers with, 0 for the
	// framework's own recovery.
	Recovery int
	// Outside is the kind of the span that a middleware outside the
	// instrumentation starts, unspecified for no such middleware.
	Outside trace.SpanKind
	// RewriteOutside and RewriteInside put the middleware that rewrites requests
	// there.
	RewriteOutside, RewriteInside bool
	// Slug registers GET /{slug}.
	Slug bool
}

const (
	// lateTime bounds how long GET /late/{code} goes on, deafTime is how long
	// GET /deaf/{code} waits.
	lateTime = 2 * time.Second
	deafTime = 50 * time.Millisecond
)

// slugBody is the answer of GET /{slug}.
const slugBody = "slug"

// rewriteHeader asks for another method and path: "GET /status/200".
const rewriteHeader = "X-Rewrite"

// rewriting returns what a request is to be turned into.
func rewriting(header string) (method, path string, ok bool) {
	method, path, ok = strings.Cut(header, " ")
	return method, path, ok
}

// rewrite changes a request, as middlewares do that come before the router.
func rewrite(r *http.Request) bool {
	method, path, ok := rewriting(r.Header.Get(rewriteHeader))
	if !ok {
		return false
	}
	r.Header.Del(rewriteHeader)
	target := *r.URL
	target.Path, target.RawPath = path, ""
	r.Method, r.URL = method, &target
	return true
}

// outside starts the span of the middleware outside, if there is to be one.
func (s *Service) outside(ctx context.Context) (context.Context, func()) {
	if s.wiring.Outside == trace.SpanKindUnspecified {
		return ctx, func() {}
	}
	ctx, span := s.tracer.Start(ctx, "outside", trace.WithSpanKind(s.wiring.Outside))
	return ctx, func() { span.End() }
}

// Describe does the work of GET /described/{code}.
func (s *Service) Describe(ctx context.Context) {
	span := trace.SpanFromContext(ctx)
	span.SetName("named by the handler")
	span.SetStatus(codes.Error, "described by the handler")
}

// Batch serves each of the requests in body, such as "GET /status/200", with
// the context of the request that brought them, and returns the answer.
func (s *Service) Batch(ctx context.Context, body []byte, serve func(*http.Request) int) (Relayed, error) {
	var requests []string
	if err := json.Unmarshal(body, &requests); err != nil {
		return Relayed{}, fmt.Errorf(`reference: the body of /batch is not a JSON array of "METHOD /path": %w`, err)
	}
	answer := Relayed{Statuses: make([]int, len(requests))}
	for i, request := range requests {
		method, path, _ := strings.Cut(request, " ")
		r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, strings.NewReader("[]"))
		if err != nil {
			return Relayed{}, fmt.Errorf("reference: %w", err)
		}
		r.RequestURI, r.RemoteAddr = path, "127.0.0.1:1"
		answer.Statuses[i] = serve(r)
	}
	return answer, nil
}

// inProcess serves a request by a handler of net/http's kind.
func inProcess(handler http.Handler) func(*http.Request) int {
	return func(r *http.Request) int {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder.Code
	}
}

// answerEarly sends the answer of GET /late/{code} whole, and goes on until the
// client has left.
func answerEarly(w http.ResponseWriter, r *http.Request, status int) error {
	body := statusBody(status)
	if body != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if _, err := io.WriteString(w, body); body != "" && err != nil {
		return err
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return err
	}
	_ = wait(r.Context(), lateTime)
	return nil
}

// deaf waits for what GET /deaf/{code} does, whatever becomes of the client.
func deaf() { _ = wait(context.Background(), deafTime) }
