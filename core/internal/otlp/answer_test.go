package otlp

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/settings"
)

// TestErrorsHaveCollectorsMessage proves that the errors of the exporters, which contain the
// body of a response, have the collector's message as text.
func TestErrorsHaveCollectorsMessage(t *testing.T) {
	inProtobuf, err := proto.Marshal(&rpcstatus.Status{Code: int32(codes.Unavailable), Message: "starting\n"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, contentType, body, wantBody, wantStatus string }{
		{"protobuf", settings.ContentTypeProtobuf, string(inProtobuf), "starting", "503 Service Unavailable: starting"},
		{"JSON", "application/json; charset=utf-8", `{"code":14,"message":"starting","more":1}`, "starting", "503 Service Unavailable: starting"},
		{"JSON without a message", "application/json", `{"error":"busy"}`, `{"error":"busy"}`, "503 Service Unavailable"},
		{"invalid protobuf", settings.ContentTypeProtobuf, "\x12\xffbusy", "\x12\xffbusy", "503 Service Unavailable"},
		{"text", "text/plain", "busy", "busy", "503 Service Unavailable"},
		{"empty", settings.ContentTypeProtobuf, "", "", "503 Service Unavailable"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := &http.Response{
				Status: "503 Service Unavailable", StatusCode: http.StatusServiceUnavailable,
				Header: http.Header{"Content-Type": {test.contentType}}, Body: io.NopCloser(bytes.NewReader([]byte(test.body))),
			}
			if err := new(httpSender).normalizeAnswer(response); err != nil {
				t.Fatal(err)
			}
			if got := describeStatus(response); got != test.wantStatus {
				t.Errorf("got status %q, want %q", got, test.wantStatus)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || string(body) != test.wantBody || response.ContentLength != int64(len(body)) {
				t.Errorf("got body %q of length %d, error %v, want %q", body, response.ContentLength, err, test.wantBody)
			}
		})
	}
}
