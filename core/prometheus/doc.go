// Package prometheus serves a service's metrics to Prometheus, with
// OpenTelemetry's Prometheus exporter. It is a separate module, so that
// services that do not import it do not link it.
//
// After the import, OTEL_METRICS_EXPORTER may contain prometheus, alone or in a
// list such as otlp,prometheus:
//
//	import _ "github.com/samespan/samespan/core/prometheus"
//
// The metrics are then at http://localhost:9464/metrics. These variables of
// OpenTelemetry's specification change the address:
//
//   - OTEL_EXPORTER_PROMETHEUS_HOST, a name or an address. Default: localhost,
//     which other machines cannot reach. 0.0.0.0 stands for all IPv4 addresses of
//     this machine, and [::] for all its addresses.
//   - OTEL_EXPORTER_PROMETHEUS_PORT, from 1 to 65535. Default: 9464.
//
// If the address cannot be listened on, Setup returns an error that names the variable.
// The package has its own server, whose requests record no telemetry. The server runs
// until the telemetry is shut down, even while the service drains, and responds to the
// scrapes in progress before it stops. Measurements after the last scrape are lost, as
// with any pull exporter. To lose as few as possible, set a drain delay
// (OTEL_GO_DRAIN_DELAY) that is longer than the scrape interval.
//
// To serve the metrics on a server of the service, use [New], which returns a
// handler.
//
// Names, units and labels are the exporter's defaults: the histogram
// http.server.request.duration is named http_server_request_duration_seconds, and the
// resource is in target_info. Exemplars are included in the OpenMetrics format, which
// Prometheus requests.
package prometheus
