// Package core sets up OpenTelemetry for a service and shuts it down without
// losing telemetry.
//
// A service calls [Setup] first, gives the result to its framework's
// middleware, and lets [Telemetry.Serve] run the server:
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz"))
//	if err != nil {
//		panic(err) // names every bad variable and option
//	}
//	server := &http.Server{Addr: ":8080", Handler: nethttpotel.Middleware(tel)(mux)}
//	if err := tel.Serve(ctx, server); err != nil {
//		panic(err) // a server failed, or requests did not finish
//	}
//
// Serve listens until its context ends or the process is told to stop. Then it
// waits for requests and background tasks and exports the remaining telemetry,
// all within one grace period, which is shorter than that of common
// orchestrators. The examples of Serve and [OnListener] show several servers,
// TLS, Unix sockets and systemd.
//
// # The environment
//
// The OTEL_* variables of OpenTelemetry's specification configure everything
// and take precedence over options. By default, traces, metrics and logs are
// sent to a collector on this machine, by OTLP over gRPC. A value that can
// never work, such as an unknown exporter or a malformed endpoint, makes Setup
// return an error that names the variable and its value. All such errors are
// returned together; [WithLenientEnvironment] turns them into warnings.
//
// Package configfile, a module of its own, reads OpenTelemetry's declarative
// configuration file instead of these variables. Without it, setting
// OTEL_CONFIG_FILE makes Setup return an error.
//
// This package adds the variables OTEL_GO_SHUTDOWN_TIMEOUT,
// OTEL_GO_GRACE_PERIOD and OTEL_GO_DRAIN_DELAY, in milliseconds (see
// [WithShutdownTimeout], [WithGracePeriod] and [WithDrainDelay]),
// OTEL_GO_LOG_LEVEL ([WithLogLevel]), OTEL_GO_SDK_METRICS ([WithSDKMetrics]),
// OTEL_GO_RUNTIME_METRICS ([WithRuntimeMetrics]), OTEL_GO_ID_GENERATOR
// ([WithIDGenerator]) and OTEL_GO_EXCLUDED_URLS ([WithExclude]). A variable such
// as OTEL_GO_GIN_EXCLUDED_URLS replaces the last one for one framework.
//
// # The effective configuration
//
// Setup logs once, at level Info, where telemetry is sent. [Telemetry.String]
// returns the whole effective configuration, without credentials: exporters,
// endpoints, limits, the sampler, exclusion rules and what is turned off.
//
// # Logs
//
// [Telemetry.LogHandler] returns a handler that exports log records and also
// prints them, both with the trace ID:
//
//	slog.SetDefault(slog.New(tel.LogHandler("orders", slog.NewJSONHandler(os.Stdout, nil))))
//
// # Background tasks and cleanup
//
// [Telemetry.Go] runs a task that outlives its request, in a new trace that is
// linked to the request's. The context of the task has the request's baggage,
// and is not canceled when the request ends. Close what handlers use, such as a
// database pool, after Serve has returned; see the database session example.
//
// # Without a collector
//
// OTEL_TRACES_EXPORTER=console, or [WithDevelopment], prints each finished
// trace as a tree. OTEL_SDK_DISABLED=true turns everything off except the
// propagation of the caller's context.
//
// # Lost telemetry
//
// Queues are bounded. Items that do not fit are dropped; items that the
// collector rejects or does not confirm have failed. Both are counted in
// [Telemetry.Stats] and logged with the endpoint, the reason and the setting to
// change: the first time at once, then at most once a minute. If anything was
// lost, the last log line of a shutdown has the totals. Invalid UTF-8 in
// strings is replaced before the export, because protobuf would otherwise
// reject the whole batch.
package core

// Version is the version of this module and of its instrumentation scope.
const Version = "0.1.0"

// scopeName is the instrumentation scope of the spans that [Telemetry.Go]
// starts.
const scopeName = "github.com/samespan/samespan/core"
