package core

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/envtest"
)

// receiver is an OTLP collector for tests that keeps the telemetry that it receives.
type receiver struct {
	address string // host and port

	mu        sync.Mutex
	spans     []*tracepb.Span
	metrics   []*metricspb.Metric
	records   []*logspb.LogRecord
	logScopes []*commonpb.InstrumentationScope // the scopes of the log records
	resources []*resourcepb.Resource           // the resources of all signals
	headers   []http.Header                    // the headers or gRPC metadata of each export
	urls      []string                         // the URL of each export over HTTP
	// exportsReleased, if not nil, makes every export wait until the channel is closed.
	exportsReleased chan struct{}
	// answer returns the answer to an export. If it is nil, every export is accepted.
	answer func(signal string) answer
	// maxMessageSize is the maximum size of a message over gRPC, 0 for the default.
	maxMessageSize int64
}

// newReceiver starts a collector for OTLP/gRPC. It uses TLS unless config is nil.
func newReceiver(t *testing.T, config *tls.Config) *receiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return newReceiverOn(t, config, listener)
}

// newReceiverOn is like newReceiver, but serves on the given listener.
func newReceiverOn(t *testing.T, config *tls.Config, listener net.Listener) *receiver {
	t.Helper()
	var options []grpc.ServerOption
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	r := &receiver{address: listener.Addr().String()}
	options = append(options, grpc.UnaryInterceptor(r.checkSize))
	server := grpc.NewServer(options...)
	coltrace.RegisterTraceServiceServer(server, traceService{receiver: r})
	colmetrics.RegisterMetricsServiceServer(server, metricsService{receiver: r})
	collogs.RegisterLogsServiceServer(server, logsService{receiver: r})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return r
}

// checkSize is an interceptor that refuses messages over r.maxMessageSize, with the error
// that gRPC servers return. The server's own limit cannot be changed after the start.
func (r *receiver) checkSize(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if size := proto.Size(request.(proto.Message)); r.maxMessageSize > 0 && int64(size) > r.maxMessageSize {
		return nil, status.Errorf(codes.ResourceExhausted, "grpc: received message larger than max (%d vs. %d)", size, r.maxMessageSize)
	}
	return handler(ctx, request)
}

// newHTTPReceiver starts a collector for OTLP/HTTP. It uses TLS unless config is nil.
func newHTTPReceiver(t *testing.T, config *tls.Config) *receiver {
	t.Helper()
	r := new(receiver)
	server := httptest.NewUnstartedServer(http.HandlerFunc(r.serveHTTP))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // by default, the server logs every failed handshake
	if config != nil {
		server.TLS = config
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	r.address = server.Listener.Addr().String()
	return r
}

// serveHTTP handles an export over HTTP.
func (r *receiver) serveHTTP(w http.ResponseWriter, request *http.Request) {
	var body io.Reader = request.Body
	if request.Header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = reader
	}
	data, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.urls = append(r.urls, request.URL.String())
	r.headers = append(r.headers, request.Header.Clone())
	r.mu.Unlock()
	r.respond(w, request.URL.Path, data)
}

// keepSpans stores the spans of an export, except the last answer.rejected of them.
func (r *receiver) keepSpans(request *coltrace.ExportTraceServiceRequest, answer answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.spans = r.spans[:len(r.spans)-answer.rejected] }()
	for _, resource := range request.ResourceSpans {
		r.resources = append(r.resources, resource.Resource)
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
}

// answerExport records the headers of an export that has arrived, waits while holdExports is
// in effect, and returns the answer.
func (r *receiver) answerExport(ctx context.Context, signal string) (answer, error) {
	r.mu.Lock()
	answer := r.answerTo(signal)
	released := r.exportsReleased
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		r.headers = append(r.headers, http.Header(md))
	}
	r.mu.Unlock()
	if released == nil {
		return answer, answer.err
	}
	select {
	case <-released:
		return answer, answer.err
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// traceService is the OTLP/gRPC service that receives traces.
type traceService struct {
	coltrace.UnimplementedTraceServiceServer
	*receiver
}

func (s traceService) Export(ctx context.Context, request *coltrace.ExportTraceServiceRequest) (*coltrace.ExportTraceServiceResponse, error) {
	answer, err := s.answerExport(ctx, "traces")
	if err != nil {
		return nil, err
	}
	s.keepSpans(request, answer)
	return answer.traceResponse(), nil
}

// metricsService is the OTLP/gRPC service that receives metrics.
type metricsService struct {
	colmetrics.UnimplementedMetricsServiceServer
	*receiver
}

func (s metricsService) Export(ctx context.Context, request *colmetrics.ExportMetricsServiceRequest) (*colmetrics.ExportMetricsServiceResponse, error) {
	answer, err := s.answerExport(ctx, "metrics")
	if err != nil {
		return nil, err
	}
	s.keepMetrics(request)
	return answer.metricsResponse(), nil
}

// logsService is the OTLP/gRPC service that receives logs.
type logsService struct {
	collogs.UnimplementedLogsServiceServer
	*receiver
}

func (s logsService) Export(ctx context.Context, request *collogs.ExportLogsServiceRequest) (*collogs.ExportLogsServiceResponse, error) {
	answer, err := s.answerExport(ctx, "logs")
	if err != nil {
		return nil, err
	}
	s.keepRecords(request, answer)
	return answer.logsResponse(), nil
}

// spanCountsByName returns how many spans with each name were received.
func (r *receiver) spanCountsByName() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make(map[string]int)
	for _, span := range r.spans {
		names[span.Name]++
	}
	return names
}

// spanCount returns how many spans were received.
func (r *receiver) spanCount() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint64(len(r.spans))
}

// span returns the first received span with the name, or nil.
func (r *receiver) span(name string) *tracepb.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, span := range r.spans {
		if span.Name == name {
			return span
		}
	}
	return nil
}

// holdExports makes every export wait until the returned function is called.
func (r *receiver) holdExports() (release func()) {
	released := make(chan struct{})
	r.mu.Lock()
	r.exportsReleased = released
	r.mu.Unlock()
	return sync.OnceFunc(func() {
		r.mu.Lock()
		r.exportsReleased = nil
		r.mu.Unlock()
		close(released)
	})
}

// eventually waits until condition is true. If that takes 10 seconds, the test fails with
// the description of the condition.
func eventually(t *testing.T, description string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("not within 10 s: %s", description)
		}
	}
}

// setup calls Setup with only the given variables in the environment, and calls
// Shutdown when the test ends. variables alternates names and values.
func setup(t *testing.T, variables []string, options ...Option) *Telemetry {
	t.Helper()
	envtest.Clear(t)
	for i := 0; i < len(variables); i += 2 {
		t.Setenv(variables[i], variables[i+1])
	}
	tel, err := Setup(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	return tel
}
