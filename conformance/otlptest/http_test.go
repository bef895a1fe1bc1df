package otlptest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestHTTPExportsAreStored(t *testing.T) {
	collector := otlptest.Start(t)
	server := httptest.NewServer(collector)
	t.Cleanup(server.Close)
	body, err := proto.Marshal(&collectortrace.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{Name: "work"}}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	compressed := compress(t, body)
	// One span, and then 65 MiB of empty messages, in parts that gzip joins.
	tooLarge := append(bytes.Clone(compressed), bytes.Repeat(compress(t, bytes.Repeat([]byte{0x0a, 0x00}, 1<<19)), 65)...)
	for _, test := range []struct {
		name, path, contentType, encoding string
		body                              []byte
		response                          otlptest.Response
		status, spans                     int
	}{
		{"plain", "/v1/traces", "application/x-protobuf", "", body, nil, http.StatusOK, 1},
		{"a prefix", "/in/v1/traces", "application/x-protobuf", "", body, nil, http.StatusOK, 1},
		{"compressed", "/v1/traces", "application/x-protobuf", "gzip", compressed, nil, http.StatusOK, 1},
		{"too large", "/v1/traces", "application/x-protobuf", "gzip", tooLarge, nil, http.StatusRequestEntityTooLarge, 0},
		{"refused", "/v1/traces", "application/x-protobuf", "", body, otlptest.Fail(codes.Unavailable), http.StatusServiceUnavailable, 0},
		{"no signal", "/v1/traces/x", "application/x-protobuf", "", body, nil, http.StatusNotFound, 0},
		{"no protobuf", "/v1/traces", "application/json", "", body, nil, http.StatusBadRequest, 0},
		{"no OTLP", "/v1/traces", "application/x-protobuf", "", []byte("x"), nil, http.StatusBadRequest, 0},
		{"cut", "/v1/traces", "application/x-protobuf", "", body, otlptest.Cut, 0, 0},
		{"answer lost", "/v1/traces", "application/x-protobuf", "", body, otlptest.LoseAnswer, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			collector.Reset()
			collector.SetResponse(test.response)
			request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.URL+test.path, bytes.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", test.contentType)
			if test.encoding != "" {
				request.Header.Set("Content-Encoding", test.encoding)
			}
			status := 0
			if response, err := http.DefaultClient.Do(request); err == nil {
				status = response.StatusCode
				_ = response.Body.Close()
			}
			if spans := len(collector.Snapshot().Spans()); status != test.status || spans != test.spans {
				t.Errorf("got status %d and %d spans, want %d and %d", status, spans, test.status, test.spans)
			}
		})
	}
}

// TestHTTPResponsesToRefusedExports checks the status, the Retry-After and the body of
// responses to exports that a [otlptest.Response] refuses.
func TestHTTPResponsesToRefusedExports(t *testing.T) {
	for _, test := range []struct {
		name       string
		response   otlptest.Response
		status     int
		retryAfter string
		code       codes.Code
	}{
		{"retryable", otlptest.Fail(codes.Aborted), http.StatusServiceUnavailable, "", codes.Aborted},
		{"retryable, of a lost item", otlptest.Fail(codes.DataLoss), http.StatusServiceUnavailable, "", codes.DataLoss},
		{"not retryable", otlptest.Fail(codes.Internal), http.StatusInternalServerError, "", codes.Internal},
		{"exhausted", otlptest.Fail(codes.ResourceExhausted), http.StatusTooManyRequests, "", codes.ResourceExhausted},
		{"larger than the limit", otlptest.Limit(-1), http.StatusRequestEntityTooLarge, "", codes.ResourceExhausted},
		{"throttled", otlptest.Throttle(2 * time.Second), http.StatusTooManyRequests, "2", codes.ResourceExhausted},
		{"throttled for less than a second", otlptest.Throttle(50 * time.Millisecond), http.StatusTooManyRequests, "1", codes.ResourceExhausted},
	} {
		t.Run(test.name, func(t *testing.T) {
			collector := otlptest.Start(t)
			collector.SetResponse(test.response)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/traces", http.NoBody)
			request.Header.Set("Content-Type", "application/x-protobuf")
			recorder := httptest.NewRecorder()
			collector.ServeHTTP(recorder, request)
			if got := recorder.Header().Get("Retry-After"); recorder.Code != test.status || got != test.retryAfter {
				t.Errorf("got status %d and Retry-After %q, want %d and %q", recorder.Code, got, test.status, test.retryAfter)
			}
			var refused statuspb.Status
			err := proto.Unmarshal(recorder.Body.Bytes(), &refused)
			if contentType := recorder.Header().Get("Content-Type"); err != nil || contentType != "application/x-protobuf" || codes.Code(refused.GetCode()) != test.code {
				t.Errorf("got a body of type %q with the status %v (%v), want application/x-protobuf with %v", contentType, &refused, err, test.code)
			}
		})
	}
}

// compress returns body, compressed with gzip.
func compress(t *testing.T, body []byte) []byte {
	t.Helper()
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	if _, err := writer.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return compressed.Bytes()
}
