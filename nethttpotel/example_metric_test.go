package nethttpotel_test

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/nethttpotel"
)

// customerKey is the context key of a *customer.
type customerKey struct{}

// customer describes the customer who has sent the request.
type customer struct{ plan string }

// withCustomer adds an empty customer to the context of each request. A handler sets its
// fields.
func withCustomer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), customerKey{}, new(customer))))
	})
}

// This example adds the customer's plan to the metrics. A handler determines the plan, which
// is one of a few values.
func ExampleWithMetricAttributes() {
	reader := metric.NewManualReader()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: tracenoop.NewTracerProvider(),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		r.Context().Value(customerKey{}).(*customer).plan = "gold"
	})
	handler := withCustomer(nethttpotel.Middleware(engine,
		nethttpotel.WithMetricAttributes(func(r *http.Request) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("app.plan", r.Context().Value(customerKey{}).(*customer).plan)}
		}),
	)(mux))
	sendRequests(handler, "/orders/1", "/orders/2")

	var collected metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &collected); err != nil {
		panic(err)
	}
	for _, point := range collected.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64]).DataPoints {
		plan, _ := point.Attributes.Value("app.plan")
		fmt.Println(plan.AsString(), point.Count)
	}
	// Output: gold 2
}
