package core

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestEnumValuesAreCaseInsensitive proves that enumerated values are case-insensitive, in
// every variable that has them.
func TestEnumValuesAreCaseInsensitive(t *testing.T) {
	for _, test := range []struct{ name, value, subject, want string }{
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "GRPC", "traces", "otlp, grpc to localhost:4317"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/Protobuf", "traces", "otlp, http/protobuf to http://localhost:4318/v1/traces"},
		{"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "Http/protobuf", "logs", "otlp, http/protobuf to http://localhost:4318/v1/logs"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP", "metrics", "compression gzip"},
		{"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "None", "traces", "compression none"},
		{"OTEL_EXPORTER_OTLP_INSECURE", "TRUE", "traces", "otlp"},
		{"OTEL_TRACES_EXPORTER", "None", "traces", "off"},
		{"OTEL_TRACES_EXPORTER", "Console", "traces", "console"},
		{"OTEL_METRICS_EXPORTER", "NONE", "metrics", "off"},
		{"OTEL_LOGS_EXPORTER", "OTLP", "logs", "otlp"},
		{"OTEL_TRACES_SAMPLER", "ALWAYS_ON", "traces", "sampler always_on"},
		{"OTEL_TRACES_SAMPLER", "ParentBased_TraceIDRatio", "traces", "sampler parentbased_traceidratio 1"},
		{"OTEL_PROPAGATORS", "B3,TraceContext", "propagators", "b3,tracecontext"},
		{"OTEL_PROPAGATORS", "NONE", "propagators", "none"},
		{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "DELTA", "metrics", "delta"},
		{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "LowMemory", "metrics", "lowmemory"},
		{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "BASE2_EXPONENTIAL_BUCKET_HISTOGRAM", "metrics", "base2_exponential_bucket_histogram"},
		{"OTEL_METRICS_EXEMPLAR_FILTER", "Always_Off", "metrics", "exemplars always_off"},
		{"OTEL_GO_LOG_LEVEL", "Error", "logs", "slog level error"},
		{"OTEL_GO_SDK_METRICS", "True", "metrics", "SDK metrics on"},
		{"OTEL_SDK_DISABLED", "True", "traces", "off, the SDK is disabled"},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			logger, log := logtest.New()
			tel := setup(t, []string{test.name, test.value}, WithLogger(logger), WithShutdownTimeout(10*time.Millisecond))
			if got := lineAbout(tel, test.subject); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %q in it", got, test.want)
			}
			if log.String() != "" {
				t.Errorf("got log %s, want no complaint", log)
			}
		})
	}
}

func TestRepeatedPropagatorsAreUsedOnce(t *testing.T) {
	for value, want := range map[string]string{
		"tracecontext,baggage,tracecontext": "tracecontext,baggage",
		"b3, B3 ,b3multi,b3":                "b3,b3multi",
		"baggage,Baggage,BAGGAGE":           "baggage",
		",":                                 "tracecontext,baggage",
		`"tracecontext,baggage"`:            "tracecontext,baggage",
	} {
		envtest.Clear(t)
		t.Setenv("OTEL_PROPAGATORS", value)
		s, err := resolveSettings(t)
		if err != nil || s.PropagatorName != want {
			t.Errorf("%q: got %q and error %v, want %q", value, s.PropagatorName, err, want)
			continue
		}
		fields := s.Propagator.Fields()
		if sorted := slices.Sorted(slices.Values(fields)); len(slices.Compact(sorted)) != len(fields) && !strings.Contains(want, "b3") {
			t.Errorf("%q: got fields %v, want each once", value, fields)
		}
	}
}

// TestEndpointPathIsNotIgnoredSilently proves that the path of an endpoint is never ignored
// silently. gRPC cannot use a path, so an endpoint with a path selects HTTP. If port 4317 or
// OTEL_EXPORTER_OTLP_PROTOCOL selects gRPC nevertheless, a warning is logged.
func TestEndpointPathIsNotIgnoredSilently(t *testing.T) {
	for _, test := range []struct {
		variables []string
		want      string
		warns     bool
	}{
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://host/otlp"}, "http/protobuf to https://host:443/otlp/v1/traces with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:8080/otlp/"}, "http/protobuf to http://host:8080/otlp/v1/traces without TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://host/v1/traces"}, "http/protobuf to https://host:443/v1/traces with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "host/otlp"}, "http/protobuf to https://host:4318/otlp/v1/traces with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://host?key=1"}, "http/protobuf to https://host:443/v1/traces with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318"}, "http/protobuf to http://host:4318/v1/traces without TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://host"}, "grpc to host:443 with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://host/"}, "grpc to host:443 with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4317/otlp"}, "grpc to host:4317 without TLS", true},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://host/otlp", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, "grpc to host:443 with TLS", true},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://host/", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, "grpc to host:443 with TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "dns:///host:4317", "OTEL_EXPORTER_OTLP_INSECURE", "true"}, "grpc to host:4317 without TLS", false},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "passthrough:///10.0.0.1:4318"}, "grpc to passthrough:///10.0.0.1:4318 with TLS", false},
	} {
		logger, log := logtest.New()
		tel := setup(t, append(test.variables, "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"),
			WithLogger(logger), WithShutdownTimeout(10*time.Millisecond), WithoutGlobals())
		if got := lineAbout(tel, "traces"); !strings.HasPrefix(got, "otlp, "+test.want+",") {
			t.Errorf("%v: got %s, want %s", test.variables, got, test.want)
		}
		if warns := log.Line(test.variables[0], "is not used, since gRPC has no paths"); warns != test.warns || !warns && log.String() != "" {
			t.Errorf("%v: got log %s, want a warning: %v", test.variables, log, test.warns)
		}
	}
}

// TestGRPCTargetIsRefusedForHTTP proves that a gRPC target with a resolver scheme is refused
// for OTLP/HTTP.
func TestGRPCTargetIsRefusedForHTTP(t *testing.T) {
	for _, value := range []string{"dns:///collector:4317", "passthrough:///collector:4317", "unix:/run/otel.sock"} {
		envtest.Clear(t)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", value)
		t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
		if _, err := Setup(t.Context()); err == nil || !logtest.ContainsAll(err.Error(), "OTEL_EXPORTER_OTLP_ENDPOINT", value, "requires the protocol grpc") {
			t.Errorf("%s: got %v", value, err)
		}
	}
}

// TestExportToIPv6AddressWithZone proves that exports reach an endpoint whose IPv6 address
// has a zone, as link-local addresses need, over both protocols.
func TestExportToIPv6AddressWithZone(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		r := newHTTPReceiver(t, nil)
		if protocol == "grpc" {
			r = newReceiver(t, nil)
		}
		_, port, err := net.SplitHostPort(r.address)
		if err != nil {
			t.Fatal(err)
		}
		// A link-local address may not exist where the tests run, so use the IPv4-mapped
		// form of 127.0.0.1.
		tel := setup(t, []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::ffff:127.0.0.1%25lo]:" + port, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
			"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
		})
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		span.End()
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

func TestConnectionHeadersAreRefused(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		for _, header := range []string{"Connection", "keep-alive", "Proxy-Connection", "transfer-encoding", "UPGRADE", "te", "Host", "Content-Length", "HTTP2-Settings", ":path", ":authority", "Content-Encoding", "Accept-Encoding"} {
			envtest.Clear(t)
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=1,"+header+"=secret")
			_, err := Setup(t.Context())
			if err == nil || !logtest.ContainsAll(err.Error(), "OTEL_EXPORTER_OTLP_HEADERS", strings.ToLower(header)) && !logtest.ContainsAll(err.Error(), header) {
				t.Errorf("%s, %s: got %v, want an error that names the header", protocol, header, err)
			} else if strings.Contains(err.Error(), "secret") {
				t.Errorf("%s, %s: the error shows the value: %v", protocol, header, err)
			}
		}
	}
}

// TestHeadersCannotChangeContentType proves that OTEL_EXPORTER_OTLP_HEADERS cannot set a
// Content-Type that differs from that of the exports.
func TestHeadersCannotChangeContentType(t *testing.T) {
	for value, want := range map[string]bool{"application/json": false, "application/x-protobuf": true} {
		envtest.Clear(t)
		t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", settings.ProtocolHTTP)
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Content-Type="+value)
		tel, err := Setup(t.Context(), WithShutdownTimeout(time.Millisecond))
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), `"Content-Type" is not allowed: the exporter sets it`) {
			t.Errorf("%s: got %v, want it accepted: %t", value, err, want)
		}
		if err == nil {
			_ = tel.Shutdown(t.Context())
		}
	}
}

// TestSignalPathInGeneralEndpointIsLogged proves that a general endpoint that already has a
// signal's path is logged as a warning.
func TestSignalPathInGeneralEndpointIsLogged(t *testing.T) {
	for variables, want := range map[[2]string]bool{
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/v1/traces"}:        true,
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/otlp/v1/traces/"}:  true,
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/otlp"}:             false,
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/v1/traces"}: false,
	} {
		envtest.Clear(t)
		t.Setenv(variables[0], variables[1])
		s, err := resolveSettings(t)
		got := slices.ContainsFunc(s.Advice, func(advice error) bool {
			return strings.Contains(advice.Error(), "the path already ends with /v1/traces")
		})
		if got != want || err != nil {
			t.Errorf("%v: got advice %v and problems %v, want advice: %t", variables, s.Advice, err, want)
		}
	}
}

// TestGeneralVariableReplacesInvalidSignalVariable proves that the general variable applies
// if the variable of one signal is invalid and ignored.
func TestGeneralVariableReplacesInvalidSignalVariable(t *testing.T) {
	id := newTestCertificate(t)
	for _, test := range []struct {
		suffix, generalValue, signalValue string
		got                               func(settings.OTLP) any
		want                              any
	}{
		{"ENDPOINT", "http://collector:4318", "ftp://collector", func(o settings.OTLP) any { return o.URL.String() }, "http://collector:4318/v1/traces"},
		{"PROTOCOL", "http/protobuf", "http/json", func(o settings.OTLP) any { return o.Protocol }, settings.ProtocolHTTP},
		{"HEADERS", "api-key=1", "api-key", func(o settings.OTLP) any { return o.Headers["api-key"] }, "1"},
		{"TIMEOUT", "250", "1s", func(o settings.OTLP) any { return o.Timeout }, 250 * time.Millisecond},
		{"COMPRESSION", "gzip", "zstd", func(o settings.OTLP) any { return o.Gzip }, true},
		{"INSECURE", "true", "yes", func(o settings.OTLP) any { return o.TLS == nil }, true},
		{"CERTIFICATE", id.certFile, "missing.pem", func(o settings.OTLP) any { return strings.Contains(o.TLS.String(), "custom CA") }, true},
	} {
		envtest.Clear(t)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector")
		if test.suffix == "INSECURE" { // INSECURE applies only if the endpoint has no scheme
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")
		}
		t.Setenv("OTEL_EXPORTER_OTLP_"+test.suffix, test.generalValue)
		name := "OTEL_EXPORTER_OTLP_TRACES_" + test.suffix
		t.Setenv(name, test.signalValue)
		s, err := resolveSettings(t, WithLenientEnvironment())
		if got := test.got(s.Traces); got != test.want {
			t.Errorf("%s: got %v, want %v", test.suffix, got, test.want)
		}
		if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].Error(), name) || err != nil {
			t.Errorf("%s: got warnings %v and problems %v, want one warning", test.suffix, s.Warnings, err)
		}
	}
}

// TestGeneralClientCertificateReplacesInvalidSignalCertificate proves that if the client
// certificate or the key of one signal is invalid, both are replaced by the general ones.
func TestGeneralClientCertificateReplacesInvalidSignalCertificate(t *testing.T) {
	id := newTestCertificate(t)
	for _, certAndKey := range [][2]string{{"missing.pem", "missing.key"}, {id.certFile, "missing.key"}, {"missing.pem", ""}, {"", "missing.key"}} {
		envtest.Clear(t)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector")
		t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", id.certFile)
		t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", id.keyFile)
		t.Setenv("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", certAndKey[0])
		t.Setenv("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", certAndKey[1])
		s, err := resolveSettings(t, WithLenientEnvironment())
		if !strings.Contains(s.Traces.TLS.String(), ", client certificate") || len(s.Warnings) != 1 || err != nil {
			t.Errorf("%q: got TLS%s, warnings %v and problems %v, want the general certificate and one warning", certAndKey, s.Traces.TLS, s.Warnings, err)
		}
	}
}

// TestQuotesAroundValuesAreRemoved proves that quotes around a value are removed and logged
// as a warning. Quotes reach the variable if no shell processes it, as in some .env files.
func TestQuotesAroundValuesAreRemoved(t *testing.T) {
	for _, quote := range []string{`"`, "'"} {
		logger, log := logtest.New()
		r := newReceiver(t, nil)
		tel := setup(t, []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", quote + "http://" + r.address + quote, "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
			"OTEL_SERVICE_NAME", quote + "orders" + quote,
			"OTEL_RESOURCE_ATTRIBUTES", quote + "team=core,region=north" + quote,
			"OTEL_EXPORTER_OTLP_HEADERS", quote + "api-key=s3cret,other=1" + quote,
			"OTEL_PROPAGATORS", quote + "tracecontext,baggage" + quote,
		}, WithLogger(logger))
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		span.End()
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := r.resourceAttributes(t)[0]
		if got["team"] != "core" || got["region"] != "north" || got["service.name"] != "orders" || got[quote+"team"] != "" {
			t.Errorf("%s: got %v, want team, region and the name of the service", quote, got)
		}
		if headers := map[string][]string(r.headers[0]); len(headers["api-key"]) == 0 {
			t.Errorf("%s: got headers %v, want api-key", quote, headers)
		}
		for _, variable := range []string{
			"OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_PROPAGATORS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME",
		} {
			if !log.Line("level=WARN", variable, "begins and ends with quotes") {
				t.Errorf("%s: got log %s, want a warning about %s", quote, log, variable)
			}
		}
		if strings.Contains(log.String(), "s3cret") {
			t.Errorf("%s: the log has the key: %s", quote, log)
		}
	}
}

// TestUnexpandedReferenceIsLogged proves that a value with a reference that was not
// expanded, such as $(POD_NAME), is logged as a warning. The warning shows only the
// reference, since the rest of the value may contain a secret.
func TestUnexpandedReferenceIsLogged(t *testing.T) {
	for _, variables := range [][]string{
		{"OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=$(POD_NAME),team=core"},
		{"OTEL_SERVICE_NAME", "$(POD_NAME)"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "other=s3cret,api-key=$(POD_NAME)"},
	} {
		logger, log := logtest.New()
		tel := setup(t, append(variables, "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"), WithLogger(logger), WithoutGlobals())
		if !log.Line("level=WARN", variables[0], "$(POD_NAME) was not replaced by a value") || strings.Contains(log.String(), "s3cret") {
			t.Errorf("%v: got log %s", variables, log)
		}
		if got := lineAbout(tel, "traces"); !strings.HasPrefix(got, "otlp") {
			t.Errorf("%v: got %s, want the variable taken as it is", variables, got)
		}
	}
	logger, log := logtest.New()
	setup(t, []string{"OTEL_RESOURCE_ATTRIBUTES", "price=$5 (net),note=a$b"}, WithLogger(logger), WithShutdownTimeout(10*time.Millisecond))
	if log.String() != "" {
		t.Errorf("got log %s, want nothing about text that is no reference", log)
	}
}
