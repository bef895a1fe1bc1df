package otlptest

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// ServeHTTP receives exports over http/protobuf at any path that ends in traces, metrics or
// logs, so that a test can add TLS, a path prefix or a proxy. As over gRPC, exports are
// stored and [Server.SetResponse] applies. A gRPC code is converted to an HTTP status: codes
// after which OTLP allows a retry become 503 or 504. The response to a refused export has the
// gRPC status in its body and, with a RetryInfo, a Retry-After. [Cut] and [LoseAnswer] close the connection without a response.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var message, answer proto.Message
	var contents func() batch
	var signal Signal
	switch signal = Signal(path.Base(r.URL.Path)); signal {
	case Traces:
		request := new(collectortrace.ExportTraceServiceRequest)
		message, contents = request, func() batch { return batch{spans: flattenSpans(request)} }
	case Metrics:
		request := new(collectormetrics.ExportMetricsServiceRequest)
		message, contents = request, func() batch { return batch{metrics: flattenMetrics(request)} }
	case Logs:
		request := new(collectorlogs.ExportLogsServiceRequest)
		message, contents = request, func() batch { return batch{logs: flattenLogs(request)} }
	default:
		http.NotFound(w, r)
		return
	}
	if err := proto.Unmarshal(body, message); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	header := make(metadata.MD, len(r.Header))
	for name, values := range r.Header {
		header[strings.ToLower(name)] = values
	}
	v := s.handleExport(metadata.NewIncomingContext(r.Context(), header), signal, message, contents())
	if v.closeConnection {
		panic(http.ErrAbortHandler)
	}
	if v.err != nil {
		refused := status.Convert(v.err)
		setRetryAfter(w.Header(), refused)
		writeMessage(w, httpStatus(v.err, refused.Code()), refused.Proto())
		return
	}
	switch signal {
	case Traces:
		answer = traceResponse(v)
	case Metrics:
		answer = metricsResponse(v)
	default:
		answer = logsResponse(v)
	}
	writeMessage(w, http.StatusOK, answer)
}

// writeMessage responds with a protobuf message.
func writeMessage(w http.ResponseWriter, statusCode int, message proto.Message) {
	written, err := proto.Marshal(message)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(statusCode)
	_, _ = w.Write(written)
}

// setRetryAfter sets Retry-After if the status has a RetryInfo. The header has whole seconds,
// so the delay is rounded up.
func setRetryAfter(header http.Header, refused *status.Status) {
	for _, detail := range refused.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			delay := info.GetRetryDelay().AsDuration()
			header.Set("Retry-After", strconv.FormatInt(int64((delay+time.Second-1)/time.Second), 10))
		}
	}
}

// readBody reads the protobuf message of a request, and decompresses it if necessary. A
// message above maxRequestBytes is an [http.MaxBytesError]: cut to that size it could still
// be a message, of fewer items.
func readBody(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Type") != "application/x-protobuf" {
		return nil, fmt.Errorf("otlptest: content type %q, want application/x-protobuf", r.Header.Get("Content-Type"))
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = reader
	}
	message, err := io.ReadAll(io.LimitReader(body, maxRequestBytes+1))
	if len(message) > maxRequestBytes {
		return nil, &http.MaxBytesError{Limit: maxRequestBytes}
	}
	return message, err
}

// httpStatus returns the HTTP status of a response to an export that err, whose gRPC code is
// code, has refused. The OTLP specification has no table of codes and statuses, but says for
// both protocols after which of them a client may retry.
func httpStatus(err error, code codes.Code) int {
	var tooLarge *tooLargeError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	switch code {
	case codes.Unavailable, codes.Canceled, codes.Aborted, codes.OutOfRange, codes.DataLoss:
		return http.StatusServiceUnavailable
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.Unimplemented:
		return http.StatusNotFound
	case codes.InvalidArgument:
		return http.StatusBadRequest
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}
