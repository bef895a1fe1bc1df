// Package configfile configures a service by OpenTelemetry's declarative
// configuration file, which OTEL_CONFIG_FILE names, in place of the OTEL_*
// variables. It is a module of its own: a service that does not import it has
// neither a YAML parser nor contrib's otelconf in its build.
//
// It needs one option of [core.Setup]:
//
//	tel, err := core.Setup(ctx, configfile.FromEnvironment(), core.WithServiceName("orders"))
//
// If the variable is not set, the option has no effect. With OTEL_CONFIG_FILE=otel.yaml
// and the following file, the service exports to the collector that COLLECTOR names:
//
//	file_format: "1.0"
//	resource:
//	  attributes:
//	    - name: service.name
//	      value: ${OTEL_SERVICE_NAME:-orders}
//	  detection/development:
//	    detectors: [{host: }, {process: }, {container: }]
//	propagator:
//	  composite: [{tracecontext: }, {baggage: }]
//	tracer_provider:
//	  sampler:
//	    parent_based:
//	      root:
//	        trace_id_ratio_based: {ratio: 0.1}
//	  processors:
//	    - batch:
//	        exporter:
//	          otlp_grpc: &collector
//	            endpoint: ${COLLECTOR:-http://localhost:4317}
//	            headers:
//	              - name: api-key
//	                value: ${API_KEY}
//	meter_provider:
//	  readers:
//	    - periodic:
//	        exporter: {otlp_grpc: *collector}
//	logger_provider:
//	  processors:
//	    - batch:
//	        exporter: {otlp_grpc: *collector}
//
// # Precedence
//
// The file takes precedence over options: WithServiceName applies only if the file does
// not name the service. As OpenTelemetry's specification requires, the OTEL_* variables
// of the SDK are not read unless the file refers to them. A reference is ${NAME},
// ${env:NAME} or ${NAME:-default}; $$ is a dollar sign that begins no reference. The
// content of a variable is always one value: it can neither add keys nor be cut off at a
// comment sign.
//
// The variables of Samespan itself, OTEL_GO_EXCLUDED_URLS and the others that begin with
// OTEL_GO_, are read for settings that the file omits. So are those that begin with
// OTEL_INSTRUMENTATION_.
//
// If neither the file nor an option sets a value, the default of the schema applies. In
// some cases it differs from core's default without a file:
//
//   - A signal without a provider in the file is not exported.
//   - Without propagator, no trace context is read or passed on, and the log has a
//     warning.
//   - Detected attributes are in the resource only if the file names the detectors. The
//     name of the service, the id of its instance and the attributes of the SDK are
//     always included. OTEL_RESOURCE_ATTRIBUTES is included only with
//     attributes_list: ${OTEL_RESOURCE_ATTRIBUTES}
//
// A resource attribute without a value, such as one that refers to a variable that is not
// set, is ignored. The service name unknown_service, which files commonly use as a
// fallback, counts as not set: the name of the option or of the main module is used.
//
// # Supported settings
//
// The package supports all parts of version 1 of the schema with which core can still
// count every span, log record and data point, and end a shutdown in time:
//   - one batch processor for traces, one batch processor for logs and one periodic
//     reader of metrics, each with the exporter otlp_grpc, otlp_http or console
//   - samplers, limits, views, cardinality limits and propagators
//   - resource and the detectors container, host, process and service
//   - the settings for HTTP servers under instrumentation/development.general: captured
//     headers, known methods, sensitive query keys, and semconv.experimental, which
//     enables the telemetry that the conventions call Opt-In
//
// Settings of instrumentation/development for other languages, libraries and conventions
// are ignored. So is semconv.dual_emit. The telemetry has version 1 of the HTTP conventions;
// "semconv.version: 0" only turns semconv.experimental off. As without a file,
// [core.Telemetry.Stats] accounts for every span, and shutdowns end in time.
//
// Any other setting, and any invalid value, makes [core.Setup] return an error and is
// never ignored. The error names the file, the key, the value, and what would be right:
//
//	otel.yaml: tracer_provider.processors[0].batch.schedule_delay="-1": out of range, want a value >= 0, or remove the key
//
// The same applies to unknown keys, to simple processors, which would export
// while a request waits, and to other experimental parts of the schema. Only
// the content of distribution, which is for other implementations, is not
// checked.
//
// The module uses only public packages of core, so the two modules may have different
// versions.
package configfile
