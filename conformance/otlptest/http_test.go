package otlptest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
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
