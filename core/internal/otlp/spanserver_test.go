package otlp

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // lets the server read compressed requests
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/settings"
)

// spanServer is an OTLP collector that records the names of spans.
type spanServer struct {
	coltrace.UnimplementedTraceServiceServer
	// address is the host and port of the server.
	address string

	mu sync.Mutex
	// names are the names of the received spans.
	names []string
}

// newSpanServer starts a spanServer for the protocol.
func newSpanServer(t *testing.T, protocol string) *spanServer {
	t.Helper()
	s := new(spanServer)
	if protocol == settings.ProtocolHTTP {
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		s.address = server.Listener.Addr().String()
		return s
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, listener)
	return s
}

// serve serves gRPC until the end of the test.
func (s *spanServer) serve(t *testing.T, listener net.Listener) {
	t.Helper()
	s.address = listener.Addr().String()
	server := grpc.NewServer()
	coltrace.RegisterTraceServiceServer(server, s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Export records the names of the spans.
func (s *spanServer) Export(_ context.Context, request *coltrace.ExportTraceServiceRequest) (*coltrace.ExportTraceServiceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s.names = append(s.names, span.GetName())
			}
		}
	}
	return new(coltrace.ExportTraceServiceResponse), nil
}

// ServeHTTP handles an export over HTTP as Export handles one over gRPC.
func (s *spanServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = reader
	}
	data, err := io.ReadAll(body)
	var request coltrace.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(data, &request)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = s.Export(r.Context(), &request)
}

// spanNames returns the names of the spans received so far.
func (s *spanServer) spanNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.names...)
}
