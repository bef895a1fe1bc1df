package mutant

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // exporters may compress
	"google.golang.org/grpc/status"
)

// endpointVariable is the environment variable of the endpoint for exports.
const endpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"

// protocolVariable is the environment variable of the protocol for exports.
const protocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL"

// mutantProxy is a proxy between the service and the suite's receiver. It changes exports, and
// responds as the receiver does unless the mutant's Answer changes the response.
type mutantProxy struct {
	collectortrace.UnimplementedTraceServiceServer
	collectormetrics.UnimplementedMetricsServiceServer
	collectorlogs.UnimplementedLogsServiceServer

	mutant *Mutant
	server *grpc.Server
	target string // address of the receiver
	// hasFailed is set after an export has failed.
	hasFailed atomic.Bool

	mu   sync.Mutex
	conn *grpc.ClientConn // to the receiver; nil before the first export and after a failure
}

// errExportRefused is the response to each export of a mutant that has stopped exporting.
var errExportRefused = status.Error(codes.Unimplemented, "the mutant exports no more")

// hasGivenUp reports whether the mutant has stopped exporting.
func (p *mutantProxy) hasGivenUp() bool { return p.mutant.GivesUp && p.hasFailed.Load() }

// connection returns the connection to the receiver. After a failure it opens a new one.
func (p *mutantProxy) connection() (*grpc.ClientConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		return p.conn, nil
	}
	conn, err := grpc.NewClient(p.target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	p.conn = conn
	return conn, nil
}

// recordFailure records the failure of an export over conn, unless err is nil, and closes conn
// unless the mutant keeps it. It returns the error with which the proxy responds to the
// service.
func (p *mutantProxy) recordFailure(conn *grpc.ClientConn, err error) error {
	if err == nil {
		return nil
	}
	p.hasFailed.Store(true)
	p.mu.Lock()
	if p.conn == conn && !p.mutant.KeepsConnection {
		p.conn = nil
		_ = conn.Close()
	}
	p.mu.Unlock()
	if p.mutant.Answer != nil {
		return p.mutant.Answer(err)
	}
	return err
}

// startProxy starts a proxy in front of the receiver. It sets endpointVariable to the proxy's
// address, so that the service exports to the proxy.
func startProxy(m *Mutant) (*mutantProxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	p := &mutantProxy{mutant: m, server: grpc.NewServer(), target: strings.TrimPrefix(os.Getenv(endpointVariable), "http://")}
	collectortrace.RegisterTraceServiceServer(p.server, (*traceProxy)(p))
	collectormetrics.RegisterMetricsServiceServer(p.server, (*metricsProxy)(p))
	collectorlogs.RegisterLogsServiceServer(p.server, (*logsProxy)(p))
	go func() { _ = p.server.Serve(listener) }()
	return p, os.Setenv(endpointVariable, "http://"+listener.Addr().String())
}

func (p *mutantProxy) close() {
	p.server.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		_ = p.conn.Close()
	}
}

// traceProxy is a mutantProxy with the method Export for traces.
type traceProxy mutantProxy

// Export implements collectortrace.TraceServiceServer.
func (p *traceProxy) Export(ctx context.Context, r *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	if p.mutant.Traces != nil {
		p.mutant.Traces(r)
	}
	if (*mutantProxy)(p).hasGivenUp() {
		return nil, errExportRefused
	}
	conn, err := (*mutantProxy)(p).connection()
	if err != nil {
		return nil, err
	}
	answer, err := collectortrace.NewTraceServiceClient(conn).Export(ctx, r)
	return answer, (*mutantProxy)(p).recordFailure(conn, err)
}

// metricsProxy is a mutantProxy with the method Export for metrics.
type metricsProxy mutantProxy

// Export implements collectormetrics.MetricsServiceServer.
func (p *metricsProxy) Export(ctx context.Context, r *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	if p.mutant.Metrics != nil {
		p.mutant.Metrics(r)
	}
	conn, err := (*mutantProxy)(p).connection()
	if err != nil {
		return nil, err
	}
	answer, err := collectormetrics.NewMetricsServiceClient(conn).Export(ctx, r)
	return answer, (*mutantProxy)(p).recordFailure(conn, err)
}

// logsProxy is a mutantProxy with the method Export for log records, which no mutant changes.
type logsProxy mutantProxy

// Export implements collectorlogs.LogsServiceServer.
func (p *logsProxy) Export(ctx context.Context, r *collectorlogs.ExportLogsServiceRequest) (*collectorlogs.ExportLogsServiceResponse, error) {
	conn, err := (*mutantProxy)(p).connection()
	if err != nil {
		return nil, err
	}
	answer, err := collectorlogs.NewLogsServiceClient(conn).Export(ctx, r)
	return answer, (*mutantProxy)(p).recordFailure(conn, err)
}
