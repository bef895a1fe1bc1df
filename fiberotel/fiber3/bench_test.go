package fiberotel_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

// BenchmarkMiddleware shows what the middleware costs. In the case "bare", the app does not
// use it.
func BenchmarkMiddleware(b *testing.B) {
	instrument := func(config httpserver.Config, sampler sdktrace.Sampler) fiber.Handler {
		config.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
		config.MeterProvider = metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
		engine, err := httpserver.New(config)
		if err != nil {
			b.Fatal(err)
		}
		return fiberotel.Middleware(engine)
	}
	benchmarks := []struct {
		name       string
		middleware fiber.Handler
	}{
		{"bare", func(c fiber.Ctx) error { return c.Next() }},
		{"sampled", instrument(httpserver.Config{}, sdktrace.AlwaysSample())},
		{"unsampled", instrument(httpserver.Config{}, sdktrace.NeverSample())},
		{"excluded", instrument(httpserver.Config{Exclude: []string{"process"}}, sdktrace.AlwaysSample())},
	}
	for _, benchmark := range benchmarks {
		b.Run(benchmark.name, func(b *testing.B) {
			app := newApp()
			app.Use(benchmark.middleware)
			app.Get("/process/:item_id", respondOK)
			handler := app.Handler()
			var ctx fasthttp.RequestCtx
			ctx.Request.Header.SetMethod("GET")
			ctx.Request.Header.SetHost("example.com:8080")
			ctx.Request.Header.SetUserAgent("bench")
			ctx.Request.SetRequestURI("/process/12345")
			b.ReportAllocs()
			for b.Loop() {
				handler(&ctx)
				// Reset the context, as fasthttp does after each request.
				ctx.ResetUserValues()
				ctx.Response.Reset()
			}
		})
	}
}
