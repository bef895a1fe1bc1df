package otlptest

import (
	"context"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// accept is what the three services do with an export.
func (s *Server) accept(ctx context.Context, signal Signal, message proto.Message, contents batch) error {
	s.responseMu.Lock()
	respond := s.response
	s.responseMu.Unlock()
	var err error
	if respond != nil {
		err = respond(ctx, signal)
	}
	if err != nil {
		contents = batch{}
	}
	header, _ := metadata.FromIncomingContext(ctx)
	s.store.add(Request{Signal: signal, Header: header, Message: message, Err: err}, contents)
	if err == nil && s.forwarder != nil {
		s.forwarder.enqueue(signal, message)
	}
	return err
}

type traceService struct {
	collectortrace.UnimplementedTraceServiceServer
	server *Server
}

func (t *traceService) Export(ctx context.Context, request *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	if err := t.server.accept(ctx, Traces, request, batch{spans: flattenSpans(request)}); err != nil {
		return nil, err
	}
	return &collectortrace.ExportTraceServiceResponse{}, nil
}

type metricsService struct {
	collectormetrics.UnimplementedMetricsServiceServer
	server *Server
}

func (m *metricsService) Export(ctx context.Context, request *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	if err := m.server.accept(ctx, Metrics, request, batch{metrics: flattenMetrics(request)}); err != nil {
		return nil, err
	}
	return &collectormetrics.ExportMetricsServiceResponse{}, nil
}

type logsService struct {
	collectorlogs.UnimplementedLogsServiceServer
	server *Server
}

func (l *logsService) Export(ctx context.Context, request *collectorlogs.ExportLogsServiceRequest) (*collectorlogs.ExportLogsServiceResponse, error) {
	if err := l.server.accept(ctx, Logs, request, batch{logs: flattenLogs(request)}); err != nil {
		return nil, err
	}
	return &collectorlogs.ExportLogsServiceResponse{}, nil
}
