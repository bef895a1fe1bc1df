package otlp

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"

	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// dryRun is an export whose request is stored instead of sent.
type dryRun struct{ request []byte }

// dryRunKey is the context key of a *dryRun.
type dryRunKey struct{}

func dryRunFromContext(ctx context.Context) (*dryRun, bool) {
	r, ok := ctx.Value(dryRunKey{}).(*dryRun)
	return r, ok
}

// captureGRPC stores a gRPC request.
func (r *dryRun) captureGRPC(request any) (err error) {
	message, ok := request.(proto.Message)
	if !ok {
		return fmt.Errorf("a request of type %T, want a protobuf message", request)
	}
	r.request, err = proto.Marshal(message)
	return err
}

// captureHTTP stores an HTTP request.
func (r *dryRun) captureHTTP(request *http.Request) (*http.Response, error) {
	defer request.Body.Close()
	body := io.Reader(request.Body)
	if request.Header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = reader
	}
	var err error
	r.request, err = io.ReadAll(body)
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: http.NoBody, Request: request,
	}, err
}

// sendsEncodedSpans reports whether the client of exporter sends the spans that package
// spanwire has encoded. It exports one span in a dry run, without a request. A future
// version of the client may inspect messages and drop the encoded spans; without this
// check, all spans would be lost without an error.
func sendsEncodedSpans(ctx context.Context, exporter sdktrace.SpanExporter) bool {
	const name = "rehearsal"
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithResource(resource.Empty()))
	_, span := provider.Tracer(name).Start(ctx, name)
	span.End()
	recorded, ok := span.(sdktrace.ReadOnlySpan)
	if !ok {
		return false
	}
	r := new(dryRun)
	if err := exporter.ExportSpans(context.WithValue(ctx, dryRunKey{}, r), []sdktrace.ReadOnlySpan{recorded}); err != nil {
		return false
	}
	var request coltrace.ExportTraceServiceRequest
	if err := proto.Unmarshal(r.request, &request); err != nil {
		return false
	}
	for _, resourceSpans := range request.GetResourceSpans() {
		for _, scope := range resourceSpans.GetScopeSpans() {
			if len(scope.GetSpans()) == 1 && scope.GetSpans()[0].GetName() == name {
				return true
			}
		}
	}
	return false
}
