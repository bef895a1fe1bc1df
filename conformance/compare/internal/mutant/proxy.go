package mutant

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // exporters may compress
	"google.golang.org/grpc/status"
)

// endpointVariable says where the service exports to.
const endpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"

// proxy stands between the service and the suite's receiver, changes what is
// exported, and answers as the receiver does.
type proxy struct {
	collectortrace.UnimplementedTraceServiceServer
	collectormetrics.UnimplementedMetricsServiceServer

	mutant  *Mutant
	server  *grpc.Server
	conn    *grpc.ClientConn
	traces  collectortrace.TraceServiceClient
	metrics collectormetrics.MetricsServiceClient
	// failed is set once an export has.
	failed atomic.Bool
}

var errGaveUp = status.Error(codes.Unimplemented, "the mutant exports no more")

// refused tells whether the mutant has given up.
func (p *proxy) refused() bool { return p.mutant.GivesUp && p.failed.Load() }

// note notes that an export has failed.
func (p *proxy) note(err error) {
	if err != nil {
		p.failed.Store(true)
	}
}

// newProxy takes the receiver's place in the environment.
func newProxy(m *Mutant) (*proxy, error) {
	conn, err := grpc.NewClient(strings.TrimPrefix(os.Getenv(endpointVariable), "http://"),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("proxy: %w", err), conn.Close())
	}
	p := &proxy{
		mutant: m, server: grpc.NewServer(), conn: conn,
		traces: collectortrace.NewTraceServiceClient(conn), metrics: collectormetrics.NewMetricsServiceClient(conn),
	}
	collectortrace.RegisterTraceServiceServer(p.server, (*traceProxy)(p))
	collectormetrics.RegisterMetricsServiceServer(p.server, (*metricsProxy)(p))
	go func() { _ = p.server.Serve(listener) }()
	return p, os.Setenv(endpointVariable, "http://"+listener.Addr().String())
}

func (p *proxy) close() {
	p.server.Stop()
	_ = p.conn.Close()
}

type traceProxy proxy

// Export implements collectortrace.TraceServiceServer.
func (p *traceProxy) Export(ctx context.Context, r *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	if p.mutant.Traces != nil {
		p.mutant.Traces(r)
	}
	if (*proxy)(p).refused() {
		return nil, errGaveUp
	}
	answer, err := p.traces.Export(ctx, r)
	(*proxy)(p).note(err)
	return answer, err
}

type metricsProxy proxy

// Export implements collectormetrics.MetricsServiceServer.
func (p *metricsProxy) Export(ctx context.Context, r *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	if p.mutant.Metrics != nil {
		p.mutant.Metrics(r)
	}
	return p.metrics.Export(ctx, r)
}
