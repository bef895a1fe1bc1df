package otlp

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/settings"
)

// notOTLPError is the error of a response that is not OTLP although its status is 2xx, for
// example a login page or a page of a proxy.
type notOTLPError struct{ status, contentType string }

func (e *notOTLPError) Error() string {
	kind := e.contentType
	if kind == "" {
		kind = "no content type"
	}
	return fmt.Sprintf("responded %s with %s, which is not an OTLP response", e.status, kind)
}

// errorBody is the body of a response that is no success.
type errorBody struct {
	*bytes.Reader
	// message is the collector's message, or "" if the body is not OTLP.
	message string
}

func (*errorBody) Close() error { return nil }

// normalizeError replaces the body of a response that is no success by the message in it: the
// exporters put the bytes of the body into their errors, and a collector sends the message
// in protobuf (OTLP specification, "OTLP/HTTP Response", "Failures").
func normalizeError(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	message := errorMessage(response.Header.Get("Content-Type"), body)
	if message != "" {
		body = []byte(message)
	}
	response.Body = &errorBody{bytes.NewReader(body), message}
	response.ContentLength = int64(len(body))
	return nil
}

// errorMessage returns the message of the google.rpc.Status in the body of a response, or ""
// if there is none.
func errorMessage(mediaType string, body []byte) string {
	contentType, _, _ := mime.ParseMediaType(mediaType)
	var refused rpcstatus.Status
	var err error
	switch contentType {
	case settings.ContentTypeProtobuf:
		err = proto.Unmarshal(body, &refused)
	case "application/json":
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, &refused)
	}
	if err != nil {
		return ""
	}
	return strings.TrimSpace(refused.GetMessage())
}

// normalizeAnswer converts the body of a response with status 2xx to protobuf, because some
// exporters do not read the number of rejected items from JSON. It returns an error if that
// body is not OTLP. An empty body, protobuf and JSON are OTLP. Without this check, the
// exporters would accept any content.
func (c *httpSender) normalizeAnswer(response *http.Response) error {
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return normalizeError(response)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		response.Body = http.NoBody
		return nil
	}
	mediaType := response.Header.Get("Content-Type")
	contentType, _, _ := mime.ParseMediaType(mediaType)
	answer := newAnswer(c.Signal)
	switch contentType {
	case settings.ContentTypeProtobuf:
		if err = proto.Unmarshal(body, answer); err != nil && !isHTML(body) {
			// Some collectors send a text, such as "success", with this content type.
			answer, err = acceptedWithWarning(response.Status), nil
		}
	case "application/protobuf", "application/vnd.google.protobuf", "application/octet-stream", "":
		err = proto.Unmarshal(body, answer)
	case "application/json":
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, answer)
	default:
		return &notOTLPError{response.Status, mediaType}
	}
	if err == nil {
		body, err = proto.Marshal(answer)
	}
	if err != nil {
		return &notOTLPError{response.Status, mediaType}
	}
	response.Header.Set("Content-Type", settings.ContentTypeProtobuf)
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	return nil
}

// acceptedWithWarning returns the response to use for a success whose body is not protobuf,
// although its content type is. It is a partial success that rejects nothing. A partial
// success has the same encoding for all signals.
func acceptedWithWarning(status string) proto.Message {
	return &collogs.ExportLogsServiceResponse{PartialSuccess: &collogs.ExportLogsPartialSuccess{
		ErrorMessage: fmt.Sprintf("responded %s with %s, but its body is not protobuf", status, settings.ContentTypeProtobuf),
	}}
}

// isHTML reports whether body is a web page.
func isHTML(body []byte) bool {
	return strings.HasPrefix(http.DetectContentType(body), "text/html")
}

// newAnswer returns an empty response message for a signal.
func newAnswer(signal string) proto.Message {
	switch signal {
	case "metrics":
		return new(colmetrics.ExportMetricsServiceResponse)
	case "logs":
		return new(collogs.ExportLogsServiceResponse)
	}
	return new(coltrace.ExportTraceServiceResponse)
}

// describeStatus returns the status and the collector's message, or, for a redirect, its
// target without the query, which may contain secrets.
func describeStatus(response *http.Response) string {
	if body, ok := response.Body.(*errorBody); ok && body.message != "" {
		return response.Status + ": " + body.message
	}
	location, err := response.Location()
	if response.StatusCode >= http.StatusBadRequest || err != nil {
		return response.Status
	}
	target := url.URL{Scheme: location.Scheme, Host: location.Host, Path: location.Path}
	return response.Status + " to " + target.String()
}
