package prometheus

import (
	"fmt"
	"net/http"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// maxScrapes limits concurrent scrapes. Further scrapes get status 503, so that clients
// cannot make the service collect its metrics continuously.
const maxScrapes = 8

// Endpoint is a metric reader and the handler that Prometheus scrapes. A scrape
// collects the metrics; nothing is cached.
//
// A metric that Prometheus cannot represent is reported to OpenTelemetry's error handler,
// and the others are served without it. If 8 scrapes are in progress, further scrapes get
// status 503.
//
// An Endpoint is created by [New] and can be used in one [core.Setup] only. Its
// methods are safe for concurrent use.
type Endpoint struct {
	sdkmetric.Reader
	handler http.Handler
}

// New returns an endpoint for the service's own server:
//
//	metrics, err := prometheus.New()
//	tel, err := core.Setup(ctx, core.WithMetricReader(metrics), core.WithExclude("healthz", "metrics"))
//	mux.Handle("GET /metrics", metrics)
//
// The options are those of OpenTelemetry's exporter, such as
// [exporter.WithTranslationStrategy]. Without options, names, units and labels are the
// exporter's defaults. [exporter.WithRegisterer] has no effect: an Endpoint has its own
// registry.
func New(options ...exporter.Option) (*Endpoint, error) {
	for i, option := range options {
		if option == nil {
			return nil, fmt.Errorf("prometheus: option %d is nil, want an option of OpenTelemetry's exporter, such as WithTranslationStrategy", i+1)
		}
	}
	registry := client.NewRegistry()
	reader, err := exporter.New(append(options[:len(options):len(options)], exporter.WithRegisterer(registry))...)
	if err != nil {
		return nil, err
	}
	return &Endpoint{Reader: reader, handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            errorHandlerLogger{},
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		// Only this format includes exemplars.
		EnableOpenMetrics: true,
	})}, nil
}

// ServeHTTP responds to a scrape.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.handler.ServeHTTP(w, r) }

// errorHandlerLogger passes what promhttp would log to OpenTelemetry's error
// handler.
type errorHandlerLogger struct{}

func (errorHandlerLogger) Println(v ...any) { otel.Handle(&scrapeError{v}) }
