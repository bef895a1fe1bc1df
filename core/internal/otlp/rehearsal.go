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

// dryRun is an export that goes no further than the connection, which keeps
// what would be sent.
type dryRun struct{ sent []byte }

type dryRunKey struct{}

func dryRunFromContext(ctx context.Context) (*dryRun, bool) {
	r, ok := ctx.Value(dryRunKey{}).(*dryRun)
	return r, ok
}

// captureGRPC keeps a request of gRPC.
func (r *dryRun) captureGRPC(request any) (err error) {
	message, ok := request.(proto.Message)
	if !ok {
		return fmt.Errorf("a request of type %T, want a protobuf message", request)
	}
	r.sent, err = proto.Marshal(message)
	return err
}

// captureHTTP keeps a request of HTTP.
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
	r.sent, err = io.ReadAll(body)
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: http.NoBody, Request: request,
	}, err
}

// canEncodeSpans says whether a span that exporter sends is in the request that would
// go over the wire, as spanwire writes it: a version of the client that looks
// into messages would lose everything, and nothing would tell.
func canEncodeSpans(ctx context.Context, exporter sdktrace.SpanExporter) bool {
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
	if err := proto.Unmarshal(r.sent, &request); err != nil {
		return false
	}
	for _, each := range request.GetResourceSpans() {
		for _, scope := range each.GetScopeSpans() {
			if len(scope.GetSpans()) == 1 && scope.GetSpans()[0].GetName() == name {
				return true
			}
		}
	}
	return false
}
