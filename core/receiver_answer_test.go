package core

import (
	"net/http"
	"path"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// answer is the response of a receiver to an export. The zero value accepts everything.
type answer struct {
	// err, if not nil, makes the export fail.
	err error
	// rejected is the number of items that are rejected in a partial success. They are
	// the last items of the export.
	rejected int
	// message is the error message of the partial success.
	message string
}

// setAnswer sets the function that returns the answer to an export of a
// signal.
func (r *receiver) setAnswer(answer func(signal string) answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// answerTo returns the answer to an export of the signal. The caller must hold r.mu.
func (r *receiver) answerTo(signal string) answer {
	if r.answer == nil {
		return answer{}
	}
	return r.answer(signal)
}

// traceResponse returns a as the response to an export of traces.
func (a answer) traceResponse() *coltrace.ExportTraceServiceResponse {
	return &coltrace.ExportTraceServiceResponse{PartialSuccess: &coltrace.ExportTracePartialSuccess{
		RejectedSpans: int64(a.rejected), ErrorMessage: a.message,
	}}
}

// metricsResponse returns a as the response to an export of metrics.
func (a answer) metricsResponse() *colmetrics.ExportMetricsServiceResponse {
	return &colmetrics.ExportMetricsServiceResponse{PartialSuccess: &colmetrics.ExportMetricsPartialSuccess{
		RejectedDataPoints: int64(a.rejected), ErrorMessage: a.message,
	}}
}

// logsResponse returns a as the response to an export of logs.
func (a answer) logsResponse() *collogs.ExportLogsServiceResponse {
	return &collogs.ExportLogsServiceResponse{PartialSuccess: &collogs.ExportLogsPartialSuccess{
		RejectedLogRecords: int64(a.rejected), ErrorMessage: a.message,
	}}
}

// keepMetrics stores the metrics of an export.
func (r *receiver) keepMetrics(request *colmetrics.ExportMetricsServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.ResourceMetrics {
		r.resources = append(r.resources, resource.Resource)
		for _, scope := range resource.ScopeMetrics {
			r.metrics = append(r.metrics, scope.Metrics...)
		}
	}
}

// keepRecords stores the log records of an export, except those that answer rejects.
func (r *receiver) keepRecords(request *collogs.ExportLogsServiceRequest, answer answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.ResourceLogs {
		r.resources = append(r.resources, resource.Resource)
		for _, scope := range resource.ScopeLogs {
			r.records = append(r.records, scope.LogRecords...)
			r.logScopes = append(r.logScopes, scope.Scope)
		}
	}
	r.records = r.records[:len(r.records)-answer.rejected]
}

// respond handles an export over HTTP. The last element of urlPath is the signal. An
// unknown signal means traces.
func (r *receiver) respond(w http.ResponseWriter, urlPath string, data []byte) {
	signal := path.Base(urlPath)
	r.mu.Lock()
	answer := r.answerTo(signal)
	r.mu.Unlock()
	if answer.err != nil {
		http.Error(w, answer.err.Error(), http.StatusServiceUnavailable)
		return
	}
	var err error
	var response proto.Message
	switch signal {
	case "metrics":
		var request colmetrics.ExportMetricsServiceRequest
		err = proto.Unmarshal(data, &request)
		r.keepMetrics(&request)
		response = answer.metricsResponse()
	case "logs":
		var request collogs.ExportLogsServiceRequest
		err = proto.Unmarshal(data, &request)
		r.keepRecords(&request, answer)
		response = answer.logsResponse()
	default:
		var request coltrace.ExportTraceServiceRequest
		err = proto.Unmarshal(data, &request)
		r.keepSpans(&request, answer)
		response = answer.traceResponse()
	}
	body, failed := proto.Marshal(response)
	if err != nil || failed != nil {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(body)
}
