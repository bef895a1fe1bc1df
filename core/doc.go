// Package core sets OpenTelemetry up for a service, once, and takes it down so
// that nothing is lost.
//
// A service calls [Setup] first, gives the result to its framework's
// middleware, and lets [Telemetry.Serve] run the server:
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz"))
//	if err != nil {
//		panic(err) // names every variable and option that cannot work
//	}
//	server := &http.Server{Addr: ":8080", Handler: nethttpotel.Middleware(tel)(mux)}
//	if err := tel.Serve(ctx, server); err != nil {
//		panic(err) // says what was wrong with the service
//	}
//
// Serve listens until its context ends or the process is told to stop. Then it
// lets requests and background tasks finish and sends what they left, all
// within one grace period that is shorter than an orchestrator's. The examples
// of Serve and [OnListener] show several servers, TLS, Unix sockets and systemd.
//
// # The environment
//
// The OTEL_* variables of OpenTelemetry's specification configure everything,
// and win over the options. Without any, traces, metrics and logs are sent to
// a collector on this machine, by OTLP over gRPC. A variable that can never
// work, such as an unknown exporter or an endpoint that is no address, is an
// error of Setup, and all such errors are returned together;
// [WithLenientEnvironment] turns them into warnings.
//
// Package configfile, a module of its own, reads OpenTelemetry's declarative
// configuration file in their place. Where a service does not use it,
// OTEL_CONFIG_FILE is an error of Setup.
//
// These variables are this package's own: OTEL_GO_SHUTDOWN_TIMEOUT,
// OTEL_GO_GRACE_PERIOD and OTEL_GO_DRAIN_DELAY, in milliseconds (see
// [WithShutdownTimeout], [WithGracePeriod] and [WithDrainDelay]),
// OTEL_GO_LOG_LEVEL ([WithLogLevel]), OTEL_GO_SDK_METRICS ([WithSDKMetrics]),
// OTEL_GO_RUNTIME_METRICS ([WithRuntimeMetrics]) and OTEL_GO_EXCLUDED_URLS
// ([WithExclude]).
//
// # What is in force
//
// Setup logs where the telemetry goes, once, at level Info.
// [Telemetry.String] has everything that is in force: exporters, collectors,
// limits, the sampler, what is excluded and what is off, and no secret.
//
// # Logs
//
// [Telemetry.LogHandler] makes [log/slog] export what the service logs, beside
// printing it, both with the ids of the trace:
//
//	slog.SetDefault(slog.New(tel.LogHandler("orders", slog.NewJSONHandler(os.Stdout, nil))))
//
// # Work after the response, and what is closed last
//
// [Telemetry.Go] runs what outlives its request: a trace of its own, linked to
// the request's, with a live context and the request's baggage. What opens
// before the server, such as a pool of database connections, is closed when
// Serve has returned, since nobody uses it then; see the example of a database
// session.
//
// # Without a collector
//
// OTEL_TRACES_EXPORTER=console, or [WithDevelopment], prints every trace as a
// tree when it ends. OTEL_SDK_DISABLED=true turns everything off except the
// propagation of the caller's context.
//
// # Nothing is lost in silence
//
// The queues are bounded. What does not fit is dropped, what the collector
// does not confirm, or rejects out of an export, has failed; both are counted
// in [Telemetry.Stats] and logged, the first at once and then at most once a
// minute each, with the collector's address, the reason and what to set. The
// last line of a shutdown has the totals, unless nothing was lost. A byte that
// is not UTF-8, in an attribute that came from outside, is replaced before the
// export: protobuf would refuse the whole batch for it.
package core

// Version is the version of this module, reported with the spans that it
// starts itself.
const Version = "0.1.0"

// scopeName is the instrumentation scope of the spans that this package
// starts: those of [Telemetry.Go].
const scopeName = "github.com/samespan/samespan/core"
