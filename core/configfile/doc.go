// Package configfile configures a service by OpenTelemetry's declarative
// configuration file, which OTEL_CONFIG_FILE names, in place of the OTEL_*
// variables. It is a module of its own: a service that does not import it has
// neither a YAML parser nor contrib's otelconf in its build.
//
// It needs one option of [core.Setup]:
//
//	tel, err := core.Setup(ctx, configfile.FromEnvironment(), core.WithServiceName("orders"))
//
// Without the variable nothing changes. With OTEL_CONFIG_FILE=otel.yaml and the
// following file, the service exports to the collector that COLLECTOR names:
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
// The file takes precedence over options: WithServiceName applies only if the
// file does not name the service. The OTEL_* variables of the SDK are not read,
// as OpenTelemetry's specification has it, unless the file refers to them:
// ${NAME}, ${env:NAME} or ${NAME:-default}, with $$ for a dollar sign that
// begins no reference. What a variable holds is always one value: it can
// neither add keys nor be cut off at a comment sign.
//
// The variables of Samespan itself, OTEL_GO_EXCLUDED_URLS and the others that
// begin with OTEL_GO_, are read beside the file, and so are those that begin
// with OTEL_INSTRUMENTATION_.
//
// What neither the file nor an option sets has the default of the schema. In
// some cases this differs from core's default without a file:
//
//   - a signal without a provider in the file is not exported
//   - without propagator no trace context is read or passed on, of which the
//     log warns
//   - the resource holds what detectors find only if the file names them; the
//
// service's name, that of its instance and those of the SDK are always there;
//
//	OTEL_RESOURCE_ATTRIBUTES is in it with attributes_list:
//	${OTEL_RESOURCE_ATTRIBUTES} alone
//
// The name unknown_service, which files commonly fall back to, counts as none:
// the option or the main module's name takes its place.
//
// # Supported settings
//
// Everything in version 1 of the schema that package core can do as it
// promises: one batch processor for traces, one for logs and one periodic
// reader of metrics, each with the exporter otlp_grpc, otlp_http or console;
// samplers, limits, views, cardinality limits, propagators, resource and
// detectors (container, host, process, service), and of
// instrumentation/development what general has about servers of HTTP: captured
// headers, known methods, sensitive query keys, and with semconv.experimental
// the telemetry that the conventions call Opt-In. What it has for other
// languages, libraries and conventions is for those. Under it
// [core.Telemetry.Stats] accounts for every span, and shutdowns end in time, as
// without a file.
//
// Anything else, and any bad value, makes [core.Setup] return an error and is
// never ignored. The error names the file, the key, the value, and what would
// be right:
//
//	otel.yaml: tracer_provider.processors[0].batch.schedule_delay="-1": must be >= 0, want another value, or the key left out
//
// The same applies to unknown keys, to simple processors, which would export
// while a request waits, and to other experimental parts of the schema. Only
// the content of distribution, which is for other implementations, is not
// checked.
//
// The module is released together with core, of which it uses internals: keep
// both at the same version.
package configfile
