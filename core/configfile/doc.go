// Package configfile configures a service by OpenTelemetry's declarative
// configuration file, which OTEL_CONFIG_FILE names, in place of the OTEL_*
// variables. It is a module of its own: a service that does not import it has
// neither a YAML parser nor contrib's otelconf in its build.
//
// One option of [core.Setup] is all:
//
//	tel, err := core.Setup(ctx, configfile.FromEnvironment(), core.WithServiceName("orders"))
//
// Without the variable nothing changes. With OTEL_CONFIG_FILE=otel.yaml, and
// this for a start in otel.yaml, the service exports to the collector that
// COLLECTOR names:
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
// # What wins
//
// The file wins over the options, which are its defaults: WithServiceName
// names the service where the file does not. The OTEL_* variables of the SDK
// are not read, as OpenTelemetry's specification has it, unless the file refers
// to them: ${NAME}, ${env:NAME} or ${NAME:-default}, with $$ for a dollar sign
// that begins no reference. What a variable holds is always one value: it can
// neither add keys nor be cut off at a comment sign.
//
// The variables of Samespan itself, OTEL_GO_EXCLUDED_URLS and the others that
// begin with OTEL_GO_, are read beside the file, and so are those that begin
// with OTEL_INSTRUMENTATION_.
//
// What neither the file nor an option says is as the schema has it. This
// differs in places from what core does without a file:
//
//   - a signal without a provider in the file is not exported
//   - without propagator no trace context is read or passed on, of which the
//     log warns
//   - the resource holds what detectors find only if the file names them; the
//     service's name, that of its instance and those of the SDK are always there;
//     OTEL_RESOURCE_ATTRIBUTES is in it with attributes_list:
//     ${OTEL_RESOURCE_ATTRIBUTES} alone
//
// The name unknown_service, which files commonly fall back to, counts as none:
// the option or the main module's name takes its place.
//
// # What a file may say
//
// Everything in version 1 of the schema that package core can do as it promises:
// one batch processor for traces, one for logs and one periodic reader of
// metrics, each with the exporter otlp_grpc, otlp_http or console; samplers,
// limits, views, cardinality limits, propagators, resource and detectors
// (container, host, process, service), and of instrumentation/development what
// general has about servers of HTTP: captured headers, known methods, sensitive
// query keys, and with semconv.experimental the telemetry that the conventions
// call Opt-In. What it has for other languages, libraries and conventions is for
// those. Under it [core.Telemetry.Stats] accounts
// for every span, and shutdowns end in time, as without a file.
//
// Whatever a file says beyond that, or says wrong, is an error of [core.Setup]
// and never ignored. It names the file, the place, the value, and what would
// be right:
//
//	otel.yaml: tracer_provider.processors[0].batch.schedule_delay="-1": must be >= 0, want another value, or the key left out
//
// So are unknown keys, processors called simple, which would export while a
// request waits, and the other experimental parts of the schema.
// Only distribution, where others have their settings, is not looked into.
//
// The module is released together with core, of which it uses internals: keep
// both at the same version.
package configfile
