package subject_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// waitTimeout limits how long a test waits for anything.
const waitTimeout = 20 * time.Second

// runningSubject is a running service of a subject, with its own receiver.
type runningSubject struct {
	t         *testing.T
	addr      string
	collector *otlptest.Server
	cancel    context.CancelFunc // stops the service; nil once it has been called
	result    chan error         // what Run has returned
}

// startSubject runs s until the test ends or stop is called.
func startSubject(t *testing.T, s subject.Subject, options ...core.Option) *runningSubject {
	t.Helper()
	r := &runningSubject{t: t, collector: otlptest.Start(t), result: make(chan error, 1)}
	for _, variable := range r.collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=production,team=platform")
	var err error
	if r.addr, err = conformance.FreeAddress(); err != nil {
		t.Fatal(err)
	}
	// Discard the messages of core, which these tests do not check.
	options = append(options, core.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))), core.WithoutGlobals())
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	ready := make(chan struct{})
	go func() { r.result <- s.Run(ctx, r.addr, "", func() { close(ready) }, options...) }()
	select {
	case <-ready:
	case err := <-r.result:
		t.Fatalf("%s did not start: %v", s.Name, err)
	}
	t.Cleanup(func() {
		if r.cancel != nil {
			r.stop()
		}
	})
	return r
}

// stop stops the service as a signal would. When it returns, everything has been flushed.
func (r *runningSubject) stop() {
	r.t.Helper()
	r.cancel()
	r.cancel = nil
	select {
	case err := <-r.result:
		if err != nil {
			r.t.Errorf("the service ended with %v", err)
		}
	case <-time.After(waitTimeout):
		r.t.Fatal("the service did not end")
	}
}

// rawRequest is an HTTP/1.1 request. Its target, headers and body are sent unchanged, even
// if they are invalid.
type rawRequest struct {
	method, target string
	headers        []string // each as "Name: value"
	body           string
}

// send sends the request and returns the status, the body and the header of the response.
func (r *runningSubject) send(x rawRequest) (int, string, http.Header) {
	r.t.Helper()
	conn, err := net.DialTimeout("tcp", r.addr, waitTimeout)
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(waitTimeout)); err != nil {
		r.t.Fatal(err)
	}
	var raw strings.Builder
	raw.WriteString(x.method + " " + x.target + " HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: probe/1\r\nConnection: close\r\n")
	for _, header := range x.headers {
		raw.WriteString(header + "\r\n")
	}
	raw.WriteString("\r\n" + x.body)
	if _, err := io.WriteString(conn, raw.String()); err != nil {
		r.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), x.method, "http://shop.example"+x.target, http.NoBody)
	if err != nil {
		request = nil // for nil, http.ReadResponse assumes a GET
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		r.t.Fatalf("%s %s: %v", x.method, x.target, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", x.method, x.target, err)
	}
	return response.StatusCode, string(body), response.Header
}

// stopAndGetSpans stops the service and returns the spans that it has exported.
func (r *runningSubject) stopAndGetSpans() []otlptest.Span {
	r.t.Helper()
	r.stop()
	return r.collector.Spans()
}

// serverSpans returns the server spans.
func serverSpans(spans []otlptest.Span) []otlptest.Span {
	var found []otlptest.Span
	for _, s := range spans {
		if s.Kind() == otlptest.KindServer {
			found = append(found, s)
		}
	}
	return found
}
