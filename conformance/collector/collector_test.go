package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// configurationFormat is a format string for a typical Collector configuration. Its
// arguments are the receiver's protocol and its configuration, and the memory limiter's
// limits.
const configurationFormat = `
extensions: {bearer: {}, compression_recorder: {}}
receivers:
  otlp:
    protocols:
      %s: %s
processors:
  memory_limiter: {check_interval: 20ms, limit_mib: %d, spike_limit_mib: %d}
  batch: {timeout: 50ms}
exporters: {sink: {}}
service:
  extensions: [bearer, compression_recorder]
  pipelines:
    traces:  {receivers: [otlp], processors: [memory_limiter, batch], exporters: [sink]}
    metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [sink]}
    logs:    {receivers: [otlp], processors: [memory_limiter, batch], exporters: [sink]}
`

// memoryLimits configures the memory limiter, in MiB. The limiter refuses exports while the
// process uses more memory than limit minus spike.
type memoryLimits struct{ limit, spike uint64 }

// unlimitedMemory has a limit that the tests never reach.
var unlimitedMemory = memoryLimits{limit: 4096, spike: 1024}

// collector is a running Collector. It can be stopped and restarted at the same address,
// with the same sink.
type collector struct {
	transport transport
	memory    memoryLimits
	// address is the address that the receiver listens on: a free port chosen by the
	// first start.
	address             string
	sink                *sink
	compressionRecorder *compressionRecorder

	instance *otelcol.Collector      // nil while the Collector is stopped
	runErr   chan error              // receives the error of instance.Run
	logs     *observer.ObservedLogs  // the Collector's own log
	reader   *sdkmetric.ManualReader // reads the Collector's own metrics
}

// startCollector starts a Collector and stops it when the test ends.
func startCollector(t *testing.T, transport transport, memory memoryLimits) *collector {
	t.Helper()
	c := &collector{transport: transport, memory: memory, address: "127.0.0.1:0", sink: newSink(), compressionRecorder: new(compressionRecorder)}
	t.Cleanup(func() { c.stop(t) })
	c.start(t)
	return c
}

// start starts the Collector, and waits until it runs.
func (c *collector) start(t *testing.T) {
	t.Helper()
	receiverConfig, err := json.Marshal(c.transport.receiverConfig(c.address))
	if err != nil {
		t.Fatal(err)
	}
	yaml := fmt.Sprintf(configurationFormat, c.transport.protocol, receiverConfig, c.memory.limit, c.memory.spike)
	core, logs := observer.New(zapcore.InfoLevel)
	c.logs, c.reader = logs, sdkmetric.NewManualReader()
	c.instance, err = otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(),
		Factories: func() (otelcol.Factories, error) { return c.factories(zap.New(core)) },
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              []string{"yaml:" + yaml},
			ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
		}},
		DisableGracefulShutdown: true,
		SkipSettingGRPCLogger:   true,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.runErr = make(chan error, 1)
	go func() { c.runErr <- c.instance.Run(context.Background()) }()
	backendtest.Eventually(t, "the Collector runs", func() bool {
		if state := c.instance.GetState(); state == otelcol.StateClosed {
			t.Fatalf("the Collector does not start: %v\n%s", <-c.runErr, c.logText())
		}
		return c.instance.GetState() == otelcol.StateRunning
	})
	c.address = c.listenAddress(t)
}

// stop stops the Collector as SIGTERM does. Afterwards the sink has everything that the
// Collector has accepted. A second call does nothing.
func (c *collector) stop(t *testing.T) {
	t.Helper()
	if c.instance == nil {
		return
	}
	c.instance.Shutdown()
	c.instance = nil
	select {
	case err := <-c.runErr:
		if err != nil {
			t.Errorf("the Collector ended with %v\n%s", err, c.logText())
		}
	case <-time.After(backendtest.Patience):
		t.Fatalf("the Collector has not ended within %v\n%s", backendtest.Patience, c.logText())
	}
}

// factories returns the Collector's components. The Collector writes its own logs to
// logger, and records its own metrics with c.reader.
func (c *collector) factories(logger *zap.Logger) (f otelcol.Factories, err error) {
	if f.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](newBearerFactory(), c.compressionRecorder.factory()); err != nil {
		return f, err
	}
	if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory()); err != nil {
		return f, err
	}
	if f.Processors, err = otelcol.MakeFactoryMap[processor.Factory](memorylimiterprocessor.NewFactory(), batchprocessor.NewFactory()); err != nil {
		return f, err
	}
	if f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](c.sink.factory()); err != nil {
		return f, err
	}
	f.Telemetry = telemetry.NewFactory(emptyConfig,
		telemetry.WithCreateLogger(func(context.Context, telemetry.LoggerSettings, component.Config) (*zap.Logger, component.ShutdownFunc, error) {
			return logger, nil, nil
		}),
		telemetry.WithCreateMeterProvider(func(context.Context, telemetry.MeterSettings, component.Config) (telemetry.MeterProvider, error) {
			return sdkmetric.NewMeterProvider(sdkmetric.WithReader(c.reader)), nil
		}))
	return f, nil
}

// emptyConfig returns the configuration of a component without settings.
func emptyConfig() component.Config { return new(struct{}) }

// listenAddress returns the address that the receiver has logged at its start.
func (c *collector) listenAddress(t *testing.T) string {
	t.Helper()
	message := "Starting " + strings.ToUpper(c.transport.protocol) + " server"
	for _, entry := range c.logs.FilterMessage(message).All() {
		if address, ok := entry.ContextMap()["endpoint"].(string); ok {
			return address
		}
	}
	t.Fatalf("the Collector does not say where it listens, want %q:\n%s", message, c.logText())
	return ""
}

// logText returns the Collector's log.
func (c *collector) logText() string {
	var b strings.Builder
	for _, entry := range c.logs.All() {
		fmt.Fprintln(&b, entry.Level, entry.Message, entry.ContextMap())
	}
	return b.String()
}

// counterValue returns the sum of one of the Collector's own counters, such as
// otelcol_receiver_refused_spans, since its start.
func (c *collector) counterValue(t *testing.T, name string) (sum int64) {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := c.reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	for _, scope := range data.ScopeMetrics {
		for _, metric := range scope.Metrics {
			if values, ok := metric.Data.(metricdata.Sum[int64]); ok && metric.Name == name {
				for _, point := range values.DataPoints {
					sum += point.Value
				}
			}
		}
	}
	return sum
}
