package jaeger

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// chain are the services in the order in which they call each other.
var chain = []string{"nethttpotel", "ginotel", "echootel", "fiberotel"}

const (
	// processedRequests is the number of requests through the whole chain. failedRequests
	// is the number of requests to its last service, and excludedRequests the number of
	// requests to its first service.
	processedRequests, failedRequests, excludedRequests = 20, 3, 5

	// The names of the server spans, which Jaeger calls operations.
	processOperation = "GET /process/{item_id}"
	failedOperation  = "GET /status/{code}"

	// callerID is the id of the span that calls the first service. That span is not
	// exported to Jaeger.
	callerID = "00f067aa0ba902b7"
)

// TestJaegerShowsTracesOfChain checks that Jaeger shows the traces of requests through
// the chain, with every service, operation and dependency.
func TestJaegerShowsTracesOfChain(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			b := startBackend(t)
			endpoint := b.grpcAddr
			if protocol == "http/protobuf" {
				endpoint = b.httpAddr
			}
			ids := runChain(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol,
				"OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none")
			backendtest.Eventually(t, "the traces are found", func() bool {
				return len(b.findTraces(t, chain[0], processOperation, nil)) == processedRequests &&
					len(b.findTraces(t, chain[len(chain)-1], failedOperation, nil)) == failedRequests
			})
			t.Run("services", func(t *testing.T) { checkServices(t, b) })
			t.Run("traces", func(t *testing.T) { checkTraces(t, b, ids) })
			t.Run("failures", func(t *testing.T) { checkFailures(t, b) })
			t.Run("dependencies", func(t *testing.T) { checkDependencies(t, b) })
		})
	}
}

// runChain starts the services, sends the requests, and stops the services with SIGTERM.
// It returns the ids of the traces through the whole chain.
func runChain(t *testing.T, env ...string) (ids []string) {
	t.Helper()
	urls, processes, next := make(map[string]string), make(map[string]conformance.Service), ""
	for _, name := range slices.Backward(chain) {
		address := backendtest.FreeAddress(t)
		processes[name] = backendtest.Start(t, name, backendtest.Reference(t, name, "--next", next), address,
			append(env, "SAMESPAN_ROUTE_FORMAT=braces")...)
		urls[name] = "http://" + address
		next = urls[name]
	}
	for i := range processedRequests {
		id := fmt.Sprintf("c0ffee%026x", i+1)
		send(t, urls[chain[0]]+"/process/7", "00-"+id+"-"+callerID+"-01", http.StatusOK)
		ids = append(ids, id)
	}
	for range failedRequests {
		send(t, urls[chain[len(chain)-1]]+"/status/503", "", http.StatusServiceUnavailable)
	}
	for range excludedRequests {
		send(t, urls[chain[0]]+"/healthz", "", http.StatusOK)
	}
	for _, name := range chain {
		ctx, cancel := context.WithTimeout(t.Context(), backendtest.Patience)
		if err := processes[name].Stop(ctx); err != nil {
			t.Errorf("%s ended with %v", name, err)
		}
		cancel()
	}
	return ids
}

// send sends a GET request and checks the status of the response.
func send(t *testing.T, url, traceparent string, want int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if traceparent != "" {
		request.Header.Set("Traceparent", traceparent)
	}
	request.Close = true // a service waits for open connections when it stops
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != want {
		t.Fatalf("GET %s: got status %d and %v, want %d", url, response.StatusCode, err, want)
	}
}

// checkServices checks the lists from which users select a service and an operation.
func checkServices(t *testing.T, b *backend) {
	t.Helper()
	got, want := b.services(t), slices.Sorted(slices.Values(chain))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got the services %q, want %q", got, want)
	}
	for i, name := range chain {
		want := []operation{{processOperation, "server"}, {"process_item_logic", "internal"}}
		if i < len(chain)-1 {
			want = append(want, operation{"HTTP GET", "client"})
		} else {
			want = append(want, operation{failedOperation, "server"})
		}
		got := b.operations(t, name)
		for _, o := range want {
			if !slices.Contains(got, o) {
				t.Errorf("%s: got the operations %v, want %v among them", name, got, o)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: got the operations %v, want %v: nothing of an excluded request", name, got, want)
		}
	}
}

// checkTraces gets every trace by its id, and checks that it has the spans of the chain.
func checkTraces(t *testing.T, b *backend, ids []string) {
	t.Helper()
	for _, id := range ids {
		found := b.tracesByID(t, id)
		if len(found) != 1 {
			t.Errorf("got %d traces %s, want one", len(found), id)
			continue
		}
		if problem := problemWith(found[0]); problem != "" {
			t.Errorf("trace %s: %s", id, problem)
		}
	}
	if got := len(b.findTraces(t, chain[0], "", nil)); got != processedRequests {
		t.Errorf("got %d traces of %s, want %d: nothing of an excluded request", got, chain[0], processedRequests)
	}
}

// problemWith returns what is wrong with a trace through the chain, or "". The first span
// of the trace must have the parent callerID.
func problemWith(trace jaegerTrace) string {
	children := make(map[string][]jaegerSpan)
	for _, s := range trace.Spans {
		children[s.parentID()] = append(children[s.parentID()], s)
		// Accept two warnings: Jaeger has not received the first span's parent, and a
		// server span may end slightly after its client span.
		for _, warning := range s.Warnings {
			late := strings.HasPrefix(warning, "clock skew adjustment disabled")
			orphan := s.parentID() == callerID && strings.Contains(warning, "parent")
			if !late && !orphan {
				return fmt.Sprintf("Jaeger warns of %q: %s", s.OperationName, warning)
			}
		}
	}
	parentID, previousStart, found := callerID, int64(0), 0
	for i, name := range chain {
		for _, want := range []operation{{processOperation, "server"}, {"process_item_logic", "internal"}, {"HTTP GET", "client"}} {
			if i == len(chain)-1 && want.SpanKind == "client" {
				continue
			}
			below := children[parentID]
			if len(below) != 1 {
				return fmt.Sprintf("got %d spans where one is wanted: %v of %s", len(below), want, name)
			}
			s := below[0]
			got := operation{s.OperationName, s.tag("span.kind")}
			if service := trace.Processes[s.ProcessID].ServiceName; got != want || service != name {
				return fmt.Sprintf("got %v of %s, want %v of %s", got, service, want, name)
			}
			if status := s.tag("http.response.status_code"); want.SpanKind != "internal" && status != "200" {
				return fmt.Sprintf("got status code %q of %v of %s, want 200", status, got, name)
			}
			if s.StartTime < previousStart {
				return fmt.Sprintf("%v of %s starts before its parent", got, name)
			}
			parentID, previousStart = s.SpanID, s.StartTime
			found++
		}
	}
	if len(trace.Spans) != found {
		return fmt.Sprintf("got %d spans, want %d", len(trace.Spans), found)
	}
	return ""
}

// checkFailures searches for the failed requests as users do: by error type, by status
// and by route. A search for error=true would find nothing: the query API passes the value
// as a string, but the in-memory storage compares it with a boolean.
func checkFailures(t *testing.T, b *backend) {
	t.Helper()
	last := chain[len(chain)-1]
	for _, attributes := range []map[string]string{
		{"error.type": "503"}, {"http.response.status_code": "503"}, {"http.route": "/status/{code}"},
	} {
		found := b.findTraces(t, last, "", attributes)
		if len(found) != failedRequests {
			t.Errorf("got %d traces with %v, want %d", len(found), attributes, failedRequests)
		}
		for _, trace := range found {
			if len(trace.Spans) != 1 || trace.Spans[0].OperationName != failedOperation || trace.Spans[0].tag("error") != "true" {
				t.Errorf("with %v: got %+v, want one span %q with error=true", attributes, trace.Spans, failedOperation)
			}
		}
	}
}

// checkDependencies compares the service graph with the chain. The in-memory storage also
// has an edge from each service to itself, for spans whose parent is in the same service.
func checkDependencies(t *testing.T, b *backend) {
	t.Helper()
	got := b.dependencies(t)
	last := len(chain) - 1
	want := []dependency{{chain[last], chain[last], processedRequests}}
	for i := range last {
		want = append(want, dependency{chain[i], chain[i+1], processedRequests}, dependency{chain[i], chain[i], 2 * processedRequests})
	}
	for _, d := range want {
		if !slices.Contains(got, d) {
			t.Errorf("got the edges %v, want %v among them", got, d)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got the edges %v, want %v", got, want)
	}
}
