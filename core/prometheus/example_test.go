package prometheus_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/prometheus"
	"github.com/samespan/samespan/nethttpotel"
)

// The service's own server serves the metrics, and WithExclude excludes the
// scrapes from telemetry.
func ExampleNew() {
	run := func(ctx context.Context) error {
		metrics, err := prometheus.New()
		if err != nil {
			return err
		}
		tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithMetricReader(metrics), core.WithExclude("healthz", "metrics"))
		if err != nil {
			return err
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", metrics)
		return tel.Serve(ctx, &http.Server{Addr: "127.0.0.1:0", Handler: nethttpotel.Middleware(tel)(mux)})
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	fmt.Println(run(ctx))
	// Output: <nil>
}
