package recipes

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/samespan/samespan/core"
)

// HTTPClient returns a client that records a span for each request and propagates the
// trace context.
func HTTPClient() *http.Client {
	client := &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
	return client
}

// GRPCClient returns a connection that records a span for each call and propagates the
// trace context.
func GRPCClient(tel *core.Telemetry, target string, security credentials.TransportCredentials) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(security),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(
			otelgrpc.WithTracerProvider(tel.TracerProvider()), otelgrpc.WithMeterProvider(tel.MeterProvider()), otelgrpc.WithPropagators(tel.Propagator()))),
	)
	return conn, err
}

// GRPCServer returns a server that records a span for each call.
func GRPCServer(tel *core.Telemetry) *grpc.Server {
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(
		otelgrpc.WithTracerProvider(tel.TracerProvider()), otelgrpc.WithMeterProvider(tel.MeterProvider()), otelgrpc.WithPropagators(tel.Propagator()))))
	return server
}
