package httpserver_test

import (
	"log/slog"
	"strings"
	"testing"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
)

func TestLogValueShowsEffectiveConfiguration(t *testing.T) {
	t.Setenv("OTEL_GO_ECHO_EXCLUDED_URLS", "=/ping")
	t.Setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", "Server,ETag")
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(),
		Exclude: []string{"healthz"}, SanitizedHeaders: []string{" x-(a|b) "}, UnredactedQuery: true,
		TrustedProxies: []string{"::ffff:10.1.2.3"}, ForwardedHeaders: httpserver.XForwardedOnly,
		BodySizes: true, ActiveRequests: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range engine.LogValue().Group() {
		got = append(got, a.String())
	}
	want := []string{
		"excluded=/healthz", "excluded_echo==/ping", "known_methods=CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,QUERY,TRACE",
		"request_headers=none", "response_headers=server,etag", "redacted_headers=x-(a|b)",
		"query=recorded, nothing redacted", "routes=as the framework writes them", "callers=trusted", "proxies=10.1.2.3/32",
		"forwarded=X-Forwarded-*", "opt_in=body sizes,active requests",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var nilEngine *httpserver.Engine
	if value := nilEngine.LogValue(); value.Kind() != slog.KindGroup || len(value.Group()) != 0 {
		t.Errorf("nil: got %v, want an empty group", value)
	}
}
