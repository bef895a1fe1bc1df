package soak

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// testRequest is a request with its expected response and the spans that it records.
type testRequest struct {
	method, path, body string
	status             int // expected status of the response
	wantedSpans        []wantedSpan
	// callsService is set if the service calls another service while it handles the request.
	// The last wanted span is then a span of the other service, and it is due only if the
	// response is 200.
	callsService bool
	// needsRelease is set if the service records the last wanted span only after it has
	// received POST /release.
	needsRelease bool
}

// newProcessRequest returns a request GET /process/{item_id}. The service must record a
// server span and one child span for it.
func newProcessRequest(service string) testRequest {
	return testRequest{
		method: http.MethodGet, path: fmt.Sprintf("/process/%d", rand.IntN(1_000_000)), status: http.StatusOK,
		wantedSpans: []wantedSpan{serverSpan(service), childSpan(service, "process_item_logic")},
	}
}

// newReleaseRequest returns the request POST /release, which makes the service do the work that
// earlier requests for /after have left to do.
func newReleaseRequest(service string) testRequest {
	return testRequest{method: http.MethodPost, path: "/release", status: http.StatusOK, wantedSpans: []wantedSpan{serverSpan(service)}}
}

// newRandomRequest returns a random request to the service. others are the services that the
// service may call.
func newRandomRequest(random *rand.Rand, service string, others []*testedService) testRequest {
	alone := func(method, path string, status int) testRequest {
		return testRequest{method: method, path: path, status: status, wantedSpans: []wantedSpan{serverSpan(service)}}
	}
	switch n := random.IntN(100); {
	case n < 30:
		return newProcessRequest(service)
	case n < 36:
		codes := []int{200, 204, 304, 404, 418, 503}
		code := codes[random.IntN(len(codes))]
		return alone(http.MethodGet, fmt.Sprintf("/status/%d", code), code)
	case n < 42:
		codes := []int{404, 418, 500, 503}
		code := codes[random.IntN(len(codes))]
		return alone(http.MethodGet, fmt.Sprintf("/fail/%d", code), code)
	case n < 47:
		return alone(http.MethodGet, "/panic", http.StatusInternalServerError)
	case n < 53:
		return testRequest{method: http.MethodGet, path: "/background", status: http.StatusAccepted, wantedSpans: backgroundSpans(service)}
	case n < 57:
		wants := []wantedSpan{serverSpan(service)}
		for range 5 {
			wants = append(wants, childSpan(service, "stream_event"))
		}
		return testRequest{method: http.MethodGet, path: "/stream", status: http.StatusOK, wantedSpans: wants}
	case n < 61:
		return alone(http.MethodGet, fmt.Sprintf("/slow/%d", random.IntN(100)), http.StatusOK)
	case n < 67:
		s := alone(http.MethodPost, "/echo", http.StatusOK)
		s.body = strings.Repeat("echo ", random.IntN(2000))
		return s
	case n < 73:
		return alone(http.MethodGet, "/file", http.StatusOK)
	case n < 82:
		return testRequest{method: http.MethodGet, path: "/healthz", status: http.StatusOK}
	case n < 86:
		return testRequest{
			method: http.MethodGet, path: "/after/1", status: http.StatusAccepted, needsRelease: true,
			wantedSpans: []wantedSpan{serverSpan(service), childSpan(service, "after_response")},
		}
	case n < 90:
		return alone(http.MethodGet, "/nothing/here", http.StatusNotFound)
	case n < 91:
		return alone(http.MethodPost, "/lifecycle/flush", http.StatusOK)
	default:
		other := others[random.IntN(len(others))]
		return newRelayRequest(service, other.name, other.addr)
	}
}

// backgroundSpans returns the server span of a request that starts a background task, and
// the two spans of the task, which has its own trace.
func backgroundSpans(service string) []wantedSpan {
	task := childSpan(service, backgroundTask)
	task.parent = noParent
	work := childSpan(service, backgroundWork)
	work.parent = 1
	return []wantedSpan{serverSpan(service), task, work}
}

// newRelayRequest returns the request that makes the service call the service other, which is
// at addr.
func newRelayRequest(service, other, addr string) testRequest {
	body, err := json.Marshal([]map[string]any{{"url": "http://" + addr + "/echo", "arguments": []int{1, 2}}})
	if err != nil {
		panic(err) // cannot fail for strings and numbers
	}
	called := serverSpan(other)
	called.parent = 1
	return testRequest{
		method: http.MethodPost, path: "/relay", body: string(body), status: http.StatusOK, callsService: true,
		wantedSpans: []wantedSpan{serverSpan(service), {service: service, kind: otlptest.KindClient}, called},
	}
}

// newHTTPRequest returns the HTTP request to addr, in the trace.
func (s testRequest) newHTTPRequest(addr string, t *requestTrace) (*http.Request, error) {
	request, err := http.NewRequest(s.method, "http://"+addr+s.path, strings.NewReader(s.body)) //nolint:noctx // the client's own context ends it
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	request.Header.Set("Traceparent", t.traceparent())
	if s.body == "" {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	return request, nil
}

// isExpected reports whether the response is as the contract defines. A call to another
// service may fail, because that service may be stopped.
func (s testRequest) isExpected(a fullResponse) bool {
	if s.callsService && a.status == http.StatusBadGateway {
		return true
	}
	return a.status == s.status && (s.path != "/echo" || a.body == s.body)
}

// dueSpans reports, for each wanted span, whether the span must have ended by the time the
// response is complete.
func (s testRequest) dueSpans(a fullResponse) []bool {
	due := make([]bool, len(s.wantedSpans))
	for i := range due {
		due[i] = true
	}
	if s.needsRelease || s.callsService && a.status != http.StatusOK {
		due[len(due)-1] = false
	}
	return due
}
