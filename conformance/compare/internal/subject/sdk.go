package subject

import (
	"context"
	"errors"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// sdkProviders are the providers of a service without this project, set up as in
// OpenTelemetry's documentation for Go: exporters and propagators are configured by the
// environment, and the resource by the environment and defaults.
type sdkProviders struct {
	tracerProvider *trace.TracerProvider
	meterProvider  *metric.MeterProvider
}

// setupSDK creates the providers and registers them globally. The options are for the
// tracer provider.
func setupSDK(ctx context.Context, options ...trace.TracerProviderOption) (*sdkProviders, error) {
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())
	described, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithHost(), resource.WithProcess())
	if err != nil {
		return nil, err
	}
	spans, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, err
	}
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return nil, errors.Join(err, spans.Shutdown(ctx))
	}
	s := &sdkProviders{
		tracerProvider: trace.NewTracerProvider(append(options, trace.WithBatcher(spans), trace.WithResource(described))...),
		meterProvider:  metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(described)),
	}
	otel.SetTracerProvider(s.tracerProvider)
	otel.SetMeterProvider(s.meterProvider)
	return s, nil
}

// shutdown shuts down the providers, one after the other.
func (s *sdkProviders) shutdown(ctx context.Context) error {
	return errors.Join(s.tracerProvider.Shutdown(ctx), s.meterProvider.Shutdown(ctx))
}
