package otlptest

import (
	"context"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"
)

// handleExport handles an export to one of the three services. It calls the server's
// [Response], and returns the decision that follows from the result. It stores the export
// if the decision is to accept it, and forwards it if the Response has returned no error.
func (s *Server) handleExport(ctx context.Context, signal Signal, message proto.Message, contents batch) decision {
	s.responseMu.Lock()
	respond := s.response
	s.responseMu.Unlock()
	var response error
	if respond != nil {
		response = respond(context.WithValue(ctx, sizeKey{}, proto.Size(message)), signal)
	}
	v := decide(response, &contents)
	if !v.accept {
		contents = batch{}
	}
	header, _ := metadata.FromIncomingContext(ctx)
	s.store.add(Request{Signal: signal, Header: header, Message: message, Err: response}, contents)
	if response == nil && s.forwarder != nil {
		s.forwarder.enqueue(signal, message)
	}
	if client, ok := peer.FromContext(ctx); ok && v.closeConnection {
		s.listener.resetConnection(client.Addr.String())
	}
	return v
}

// traceService implements OTLP's trace service.
type traceService struct {
	collectortrace.UnimplementedTraceServiceServer
	server *Server
}

func (t *traceService) Export(ctx context.Context, request *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	v := t.server.handleExport(ctx, Traces, request, batch{spans: flattenSpans(request)})
	if v.err != nil {
		return nil, v.err
	}
	return traceResponse(v), nil
}

// traceResponse returns the OTLP response for a decision without an error.
func traceResponse(v decision) *collectortrace.ExportTraceServiceResponse {
	response := &collectortrace.ExportTraceServiceResponse{}
	if v.rejectedItems > 0 || v.warning != "" {
		response.PartialSuccess = &collectortrace.ExportTracePartialSuccess{RejectedSpans: v.rejectedItems, ErrorMessage: v.warning}
	}
	return response
}

// metricsService implements OTLP's metrics service.
type metricsService struct {
	collectormetrics.UnimplementedMetricsServiceServer
	server *Server
}

func (m *metricsService) Export(ctx context.Context, request *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	v := m.server.handleExport(ctx, Metrics, request, batch{metrics: flattenMetrics(request)})
	if v.err != nil {
		return nil, v.err
	}
	return metricsResponse(v), nil
}

// metricsResponse returns the OTLP response for a decision without an error.
func metricsResponse(v decision) *collectormetrics.ExportMetricsServiceResponse {
	response := &collectormetrics.ExportMetricsServiceResponse{}
	if v.rejectedItems > 0 || v.warning != "" {
		response.PartialSuccess = &collectormetrics.ExportMetricsPartialSuccess{RejectedDataPoints: v.rejectedItems, ErrorMessage: v.warning}
	}
	return response
}

// logsService implements OTLP's logs service.
type logsService struct {
	collectorlogs.UnimplementedLogsServiceServer
	server *Server
}

func (l *logsService) Export(ctx context.Context, request *collectorlogs.ExportLogsServiceRequest) (*collectorlogs.ExportLogsServiceResponse, error) {
	v := l.server.handleExport(ctx, Logs, request, batch{logs: flattenLogs(request)})
	if v.err != nil {
		return nil, v.err
	}
	return logsResponse(v), nil
}

// logsResponse returns the OTLP response for a decision without an error.
func logsResponse(v decision) *collectorlogs.ExportLogsServiceResponse {
	response := &collectorlogs.ExportLogsServiceResponse{}
	if v.rejectedItems > 0 || v.warning != "" {
		response.PartialSuccess = &collectorlogs.ExportLogsPartialSuccess{RejectedLogRecords: v.rejectedItems, ErrorMessage: v.warning}
	}
	return response
}
