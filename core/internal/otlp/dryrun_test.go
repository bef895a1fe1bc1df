package otlp

import (
	"context"
	"net/url"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/settings"
)

// copyingClient is a client that reads the fields of messages and sends copies. A client
// with another encoding would do the same. The copies lack the spans that spanwire has
// encoded.
type copyingClient struct{ otlptrace.Client }

func (c copyingClient) UploadTraces(ctx context.Context, batches []*tracepb.ResourceSpans) error {
	decoded := make([]*tracepb.ResourceSpans, len(batches))
	for i, batch := range batches {
		decoded[i] = &tracepb.ResourceSpans{Resource: batch.GetResource(), ScopeSpans: batch.GetScopeSpans(), SchemaUrl: batch.GetSchemaUrl()}
	}
	return c.Client.UploadTraces(ctx, decoded)
}

// TestClientThatReadsMessagesSendsAllSpans proves that all spans arrive, whether the
// client sends messages unchanged or reads their fields.
func TestClientThatReadsMessagesSendsAllSpans(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		for _, reads := range []bool{false, true} {
			for _, gzip := range []bool{false, true} {
				envtest.Clear(t)
				r := newSpanServer(t, protocol)
				o := NewCollector(settings.OTLP{Signal: "traces", Protocol: protocol, Timeout: settings.DefaultTimeout, Gzip: gzip})
				var client otlptrace.Client
				var release func() error
				if protocol == settings.ProtocolHTTP {
					o.URL = &url.URL{Scheme: "http", Host: r.address, Path: "/v1/traces"}
					httpClient, closeConnection := o.newHTTPClient()
					client, release = otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(o.URL.String()), otlptracehttp.WithHTTPClient(httpClient),
						otlptracehttp.WithCompression(httpCompression[otlptracehttp.Compression](o))), closeConnection
				} else {
					o.Target = "dns:///" + r.address
					conn, closeConnection, err := o.newGRPCClientConn()
					if err != nil {
						t.Fatal(err)
					}
					client, release = otlptracegrpc.NewClient(otlptracegrpc.WithGRPCConn(conn)), closeConnection
				}
				if reads {
					client = copyingClient{client}
				}
				exporter, err := newSpanExporterWithClient(t.Context(), client)
				if err != nil {
					t.Fatal(err)
				}
				if names := r.spanNames(); len(names) != 0 {
					t.Errorf("%s, reads %t: got %q before the first export", protocol, reads, names)
				}
				for _, name := range []string{"a", "b\xff"} {
					if err := exporter.ExportSpans(t.Context(), tracetest.SpanStubs{{Name: name}}.Snapshots()); err != nil {
						t.Error(err)
					}
				}
				if names := r.spanNames(); !slices.Equal(names, []string{"a", "b\uFFFD"}) {
					t.Errorf("%s, reads %t: got %v, want both spans", protocol, reads, names)
				}
				if err := exporter.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if err := release(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// BenchmarkSendsEncodedSpans measures sendsEncodedSpans, which Setup calls once.
func BenchmarkSendsEncodedSpans(b *testing.B) {
	o := NewCollector(settings.OTLP{Signal: "traces", Protocol: settings.ProtocolHTTP, URL: &url.URL{Scheme: "http", Host: "localhost", Path: "/"}})
	httpClient, release := o.newHTTPClient()
	defer func() { _ = release() }()
	exporter, err := otlptrace.New(b.Context(), otlptracehttp.NewClient(otlptracehttp.WithHTTPClient(httpClient), otlptracehttp.WithInsecure()))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !sendsEncodedSpans(b.Context(), exporter) {
			b.Fatal("got no span")
		}
	}
}

func TestCaptureGRPCNeedsProtobufMessage(t *testing.T) {
	r := new(dryRun)
	if err := r.captureGRPC("text"); err == nil {
		t.Error("got no error of a request that is no message")
	}
	if err := r.captureGRPC(proto.Message(&tracepb.Span{Name: "a"})); err != nil || len(r.request) == 0 {
		t.Errorf("got %v and %d bytes", err, len(r.request))
	}
}
