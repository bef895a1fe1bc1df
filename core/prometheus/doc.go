// Package prometheus serves a service's metrics to a Prometheus that scrapes. It
// is a module of its own over OpenTelemetry's Prometheus exporter: a service that
// does not import it has nothing of Prometheus in its build.
//
// With the import alone, OTEL_METRICS_EXPORTER may name it, by itself or in a
// list such as otlp,prometheus:
//
//	import _ "github.com/samespan/samespan/core/prometheus"
//
// The metrics are then at http://localhost:9464/metrics, or where these variables
// of OpenTelemetry's specification say:
//
//   - OTEL_EXPORTER_PROMETHEUS_HOST, a name or an address. Default: localhost,
//     which other machines do not reach. 0.0.0.0 is every IPv4 address of this
//     machine, [::] every address.
//   - OTEL_EXPORTER_PROMETHEUS_PORT, from 1 to 65535. Default: 9464.
//
// An address that cannot be listened on is an error of Setup that names the
// variable. The server is the package's own: its requests make no telemetry. It
// serves until the telemetry is shut down, while the service drains too, and
// answers the scrapes in progress before it ends. What is recorded after the last
// scrape is lost, as with any metrics that are scraped: a drain delay
// (OTEL_GO_DRAIN_DELAY) longer than the interval of the scrapes keeps that little.
//
// A service that has a server for such things takes [New], which is a handler.
//
// Names, units and labels are those of the exporter's defaults: the histogram
// http.server.request.duration is http_server_request_duration_seconds, the
// resource is in target_info. Exemplars are in the OpenMetrics format, which
// Prometheus asks for.
package prometheus
