package handlers

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
)

// Wiring has the settings of the contract's variables that change the service
// itself.
type Wiring struct {
	// Recovery is the status code with which the recovery middleware outside the
	// instrumentation answers a panic, or 0 to use the framework's own recovery.
	Recovery int
	// Outside starts the span of the middleware that wraps the instrumentation, and
	// returns a function that ends the span. If nil, there is no such middleware.
	Outside func(ctx context.Context) (context.Context, func())
	// RewriteOutside and RewriteInside add the middleware that rewrites
	// requests outside or inside the instrumentation.
	RewriteOutside, RewriteInside bool
	// Slug registers GET /{slug}.
	Slug bool
}

const (
	// maxLateTime limits how long the handler of GET /late/{code} continues after its
	// response. deafTime is how long the handler of GET /deaf/{code} waits.
	maxLateTime = 2 * time.Second
	deafTime    = 50 * time.Millisecond
)

// SlugBody is the answer of GET /{slug}.
const SlugBody = "slug"

// RewriteHeader is the header with the new method and path, such as "GET /status/200".
const RewriteHeader = "X-Rewrite"

// Rewriting parses the value of [RewriteHeader].
func Rewriting(header string) (method, path string, ok bool) {
	method, path, ok = strings.Cut(header, " ")
	return method, path, ok
}

// Rewrite changes a request's method and path, as a middleware before the router may do.
// It reports whether it has changed the request.
func Rewrite(r *http.Request) bool {
	method, path, ok := Rewriting(r.Header.Get(RewriteHeader))
	if !ok {
		return false
	}
	r.Header.Del(RewriteHeader)
	target := *r.URL
	target.Path, target.RawPath = path, ""
	r.Method, r.URL = method, &target
	return true
}

// DescribeSpan does the work of GET /described/{code}.
func (s *Service) DescribeSpan(ctx context.Context) {
	s.Describe(ctx, "named by the handler", "described by the handler")
}

// Batch serves the sub-requests in body, such as "GET /status/200", and returns the response
// of POST /batch. serve handles a sub-request and returns the status code. ctx is the context
// of the outer request, which the sub-requests share.
func (s *Service) Batch(ctx context.Context, body []byte, serve func(*http.Request) int) (Relayed, error) {
	var requests []string
	if err := json.Unmarshal(body, &requests); err != nil {
		return Relayed{}, fmt.Errorf(`reference: decode the body of POST /batch, want a JSON array of "METHOD /path": %w`, err)
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

// InProcess returns a function that passes a request to handler and returns the status
// code of the response.
func InProcess(handler http.Handler) func(*http.Request) int {
	return func(r *http.Request) int {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder.Code
	}
}

// AnswerEarly sends the complete response of GET /late/{code}, and returns only when the
// client has disconnected or maxLateTime has passed.
func AnswerEarly(w http.ResponseWriter, r *http.Request, status int) error {
	body := StatusBody(status)
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
	_ = sleepContext(r.Context(), maxLateTime)
	return nil
}

// Deaf does the work of GET /deaf/{code}: it waits for deafTime, even if the client
// disconnects.
func Deaf() { _ = sleepContext(context.Background(), deafTime) }
