package providers

import (
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/registry"
)

// ObserveSDK registers the otel.sdk.* metrics, as described at [account.ObserveSDK].
func (p *Providers) ObserveSDK(meter metric.Meter, wanted bool) error {
	var signals []account.Signal
	for _, line := range p.Pipelines() {
		signal := account.Signal{Counter: line.Counter, Points: line.Points}
		if line.Queue != nil {
			signal.Queue = line.Queue
		}
		signals = append(signals, signal)
	}
	return account.ObserveSDK(meter, wanted, signals...)
}

// ObserveRuntime registers the metrics of the Go runtime. They are read at each
// collection, until Stop is called.
func (p *Providers) ObserveRuntime() (err error) {
	p.stopRuntimeMetrics, err = registry.RuntimeMetrics.Start(p.Meter)
	return err
}
