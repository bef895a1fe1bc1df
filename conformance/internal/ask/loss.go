package ask

import (
	"context"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// reportsLosses reports whether the service, running without a collector, prints the
// number of lost spans when it stops.
func (a *Asker) reportsLosses(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	nowhere, err := service.FreeAddress()
	if err != nil {
		return false
	}
	started, err := service.Start(ctx, a.Start, a.Subject.Name, a.Addr, "", []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + nowhere, "OTEL_GO_SHUTDOWN_TIMEOUT=1000", "OTEL_METRICS_EXPORTER=none",
	})
	if err != nil {
		return false
	}
	defer started.Kill()
	const requests = 137
	p := probe.New(ctx, a.Subject, probe.Services{Own: func() (*service.Instance, error) { return started, nil }})
	reports := false
	found := p.Judge(func(p *probe.Probe) {
		p.Together(requests, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
		_ = p.Stop()
		reports = p.PrintsNumber(a.spansPerRequest * requests)
	})
	return reports && found.Err == nil
}
