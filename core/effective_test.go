package core

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/logtest"
)

// lineAbout returns the line of String about subject, or "".
func lineAbout(tel fmt.Stringer, subject string) string {
	for line := range strings.Lines(tel.String()) {
		if text, ok := strings.CutPrefix(line, subject+": "); ok {
			return strings.TrimSuffix(text, "\n")
		}
	}
	return ""
}

func TestStringShowsEffectiveConfiguration(t *testing.T) {
	id := newTestCertificate(t)
	for name, test := range map[string]struct {
		variables []string
		options   []Option
		want      map[string]string // the expected text of each line, by the label of the line, such as "traces"
	}{
		"default": {nil, []Option{WithServiceName("orders"), WithServiceVersion("1.2.3")}, map[string]string{
			"service":     "orders 1.2.3, instance ",
			"traces":      "otlp, grpc to localhost:4317 without TLS, headers none, compression none, attempt timeout 10s, queue 2048, batch 512, delay 5s, export timeout 30s, sampler parentbased_always_on",
			"metrics":     "otlp, grpc to localhost:4317 without TLS, headers none, compression none, attempt timeout 10s, every 1m0s, export timeout 30s, cumulative, explicit_bucket_histogram, exemplars trace_based, SDK metrics off, runtime metrics off",
			"logs":        "otlp, grpc to localhost:4317 without TLS, headers none, compression none, attempt timeout 10s, queue 2048, batch 512, delay 1s, export timeout 30s, slog level info",
			"propagators": "tracecontext,baggage", "shutdown": "timeout 5s, grace period 25s, drain delay 0s",
			"http.excluded": "none", "http.callers": "trusted", "http.proxies": "none", "http.opt_in": "none",
		}},
		"variables": {[]string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example.com/base",
			"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", "OTEL_EXPORTER_OTLP_TIMEOUT", "0",
			"OTEL_EXPORTER_OTLP_CERTIFICATE", id.certFile, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", id.certFile, "OTEL_EXPORTER_OTLP_CLIENT_KEY", id.keyFile,
			"OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.25",
			"OTEL_BSP_MAX_QUEUE_SIZE", "100", "OTEL_BLRP_EXPORT_TIMEOUT", "0",
			"OTEL_METRICS_EXPORTER", "none", "OTEL_PROPAGATORS", "b3, baggage", "OTEL_GO_LOG_LEVEL", "WARN",
			"OTEL_SERVICE_NAME", "shop", "OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=7,service.version=2",
			"OTEL_GO_EXCLUDED_URLS", "healthz,GET /docs/**", "OTEL_GO_GIN_EXCLUDED_URLS", "=/metrics",
		}, []Option{WithSampler(sdktrace.NeverSample())}, map[string]string{
			"service":     "shop 2, instance 7",
			"traces":      "otlp, http/protobuf to https://collector.example.com:443/base/v1/traces with TLS, custom CA, client certificate, headers none, compression gzip, attempt timeout unlimited, queue 100, batch 100, delay 5s, export timeout 30s, sampler parentbased_traceidratio 0.25",
			"metrics":     "off",
			"logs":        "otlp, http/protobuf to https://collector.example.com:443/base/v1/logs with TLS, custom CA, client certificate, headers none, compression gzip, attempt timeout unlimited, queue 2048, batch 512, delay 1s, export timeout unlimited, slog level warn",
			"propagators": "b3,baggage", "http.excluded": "/healthz,GET /docs/**", "http.excluded_gin": "=/metrics",
		}},
		"options": {nil, []Option{
			WithSampler(sdktrace.NeverSample()), WithPublicEndpoint(httpserver.AlwaysPublic), WithTrustedProxies("10.0.0.0/8", "unix"),
			WithRouteFormat(httpserver.RouteBraces), WithoutQuery(), WithCapturedRequestHeaders("X-Request-Id"), WithUnsanitizedHeaders(),
			WithSDKMetrics(), WithDrainDelay(time.Second), WithKnownMethods("GET", "BREW"),
			WithBodySizes(), WithActiveRequests(), WithForwardedHeaders(httpserver.XForwardedOnly),
		}, map[string]string{
			"traces":       "otlp, grpc to localhost:4317 without TLS, headers none, compression none, attempt timeout 10s, queue 2048, batch 512, delay 5s, export timeout 30s, sampler AlwaysOffSampler",
			"metrics":      "otlp, grpc to localhost:4317 without TLS, headers none, compression none, attempt timeout 10s, every 1m0s, export timeout 30s, cumulative, explicit_bucket_histogram, exemplars trace_based, SDK metrics on, runtime metrics off",
			"http.callers": "trusted, except at public endpoints", "http.proxies": "10.0.0.0/8,unix", "http.routes": "with braces",
			"http.opt_in": "body sizes,active requests", "http.forwarded": "X-Forwarded-*",
			"http.query": "not recorded", "http.request_headers": "x-request-id", "http.redacted_headers": "none", "http.known_methods": "GET,BREW",
			"shutdown": "timeout 5s, grace period 25s, drain delay 1s",
		}},
		"console": {[]string{"OTEL_TRACES_EXPORTER", "console"}, nil, map[string]string{
			"traces": "console, as trees, sampler parentbased_always_on", "metrics": "off", "logs": "off",
		}},
		"disabled": {[]string{"OTEL_SDK_DISABLED", "true"}, nil, map[string]string{
			"traces": "off, the SDK is disabled", "metrics": "off, the SDK is disabled", "logs": "off, the SDK is disabled",
		}},
		"a file": {nil, []Option{Declared(fileSource(append(noExportSettings[1:], [3]string{"OTEL_TRACES_EXPORTER", "console", "tracer_provider"})...))}, map[string]string{
			"configuration": "otel.yaml", "traces": "console, as trees, sampler parentbased_always_on", "metrics": "off", "propagators": "none",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			logger, _ := logtest.New()
			tel := setup(t, test.variables, append(test.options, WithLogger(logger))...)
			for subject, want := range test.want {
				got := lineAbout(tel, subject)
				if got != want && (subject != "service" || !strings.HasPrefix(got, want)) {
					t.Errorf("%s: got\n%s\nwant\n%s", subject, got, want)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			_ = tel.Shutdown(ctx) // there is no collector
		})
	}
}

// TestStringAndLogHideCredentials proves that neither String nor the log shows
// credentials, wherever they were put.
func TestStringAndLogHideCredentials(t *testing.T) {
	for name, variables := range map[string][]string{
		"headers": {
			"OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret,Authorization=Bearer%20s3cret",
			"OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-token=s3cret",
		},
		"the user of an endpoint":     {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://joe:s3cret@localhost:4317"},
		"no scheme":                   {"OTEL_EXPORTER_OTLP_ENDPOINT", "joe:s3cret@localhost:4317"},
		"the query of an endpoint":    {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/?key=s3cret"},
		"headers that cannot be sent": {"OTEL_EXPORTER_OTLP_HEADERS", "b@d=s3cret"},
		"attributes":                  {"OTEL_RESOURCE_ATTRIBUTES", "token=s3cret"},
	} {
		t.Run(name, func(t *testing.T) {
			logger, log := logtest.NewFrom(slog.LevelDebug)
			tel := setup(t, variables, WithLenientEnvironment(), WithLogger(logger))
			if text := tel.String() + log.String() + fmt.Sprintf("%+v", tel); strings.Contains(text, "s3cret") {
				t.Errorf("got the secret in %s", text)
			}
			if name == "headers" {
				if !strings.Contains(lineAbout(tel, "traces"), "headers api-key,authorization (values not shown)") ||
					!strings.Contains(lineAbout(tel, "logs"), "headers x-token (values not shown)") {
					t.Errorf("got %s, want the names of the headers", tel)
				}
			}
			if !log.Line("core: telemetry is set up") {
				t.Errorf("got log %s, want the effective configuration", log)
			}
		})
	}
}

// TestSetupLogsSummaryOnce proves that Setup logs the summary of the configuration
// once, and that this record is not exported.
func TestSetupLogsSummaryOnce(t *testing.T) {
	logger, log := logtest.NewFrom(slog.LevelInfo)
	tel := setup(t, []string{"OTEL_LOGS_EXPORTER", "none", "OTEL_GO_GIN_EXCLUDED_URLS", "ping"},
		WithServiceName("orders"), WithExclude("healthz"), WithLogger(logger))
	if strings.Count(log.String(), "\n") != 1 || !log.Line("level=INFO", `msg="core: telemetry is set up" service="orders, instance `,
		`traces="otlp, grpc to localhost:4317 without TLS" sampler=parentbased_always_on metrics="otlp, grpc to localhost:4317 without TLS" logs=off`,
		"propagators=tracecontext,baggage excluded=/healthz excluded_gin=/ping\n") {
		t.Errorf("got log %s", log)
	}
	logger.Info("asked for", "telemetry", tel)
	if !log.Line("asked for", "telemetry.logs=off", "telemetry.http.excluded=/healthz") {
		t.Errorf("got log %s, want the lines of the string as attributes", log)
	}
}

// TestStringOfNilAndStoppedTelemetry proves that String works on a nil Telemetry,
// and during and after the shutdown.
func TestStringOfNilAndStoppedTelemetry(t *testing.T) {
	var nilTelemetry *Telemetry
	if got := nilTelemetry.String(); got != "no telemetry, want the *core.Telemetry that core.Setup returns" {
		t.Errorf("nil: got %q", got)
	}
	logger, log := logtest.NewFrom(slog.LevelInfo)
	logger.Info("nil", "telemetry", nilTelemetry)
	if !log.Line("no telemetry") {
		t.Errorf("got log %s", log)
	}
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger))
	before := tel.String()
	if lineAbout(tel, "state") != "" {
		t.Errorf("got %s, want no state of a service at work", before)
	}
	var group sync.WaitGroup
	group.Go(func() { _ = tel.String() })
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	group.Wait()
	if got, want := tel.String(), "state: shut down, nothing is exported any more\n"+before; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
