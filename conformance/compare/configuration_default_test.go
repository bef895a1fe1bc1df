package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log" //nolint:depguard // to give it back its output
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/nethttpotel"
)

// effectiveConfig has the lines of [core.Telemetry.String] by their names. For example, the
// line "service: orders 1.2.3" is the value "orders 1.2.3" of the key "service".
type effectiveConfig map[string]string

// effectiveConfigWith returns the effective configuration when only the given variables
// are set. variables alternates names and values.
func effectiveConfigWith(t *testing.T, variables ...string) effectiveConfig {
	t.Helper()
	tel, err := setUpWith(t, variables...)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(effectiveConfig)
	for line := range strings.Lines(tel.String()) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		lines[name] = text
	}
	shutdownNow(tel)
	return lines
}

// setUpWith calls Setup when only the given OTEL_ variables are set. variables alternates
// names and values.
func setUpWith(t *testing.T, variables ...string) (*core.Telemetry, error) {
	t.Helper()
	return setUpWithOptions(t, variables)
}

// setUpWithOptions is like setUpWith, with options for Setup.
func setUpWithOptions(t *testing.T, variables []string, options ...core.Option) (*core.Telemetry, error) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
	for i := 0; i < len(variables); i += 2 {
		t.Setenv(variables[i], variables[i+1])
	}
	return core.Setup(t.Context(), options...)
}

// valueOf returns the value of a key in the named line. In the line "traces: queue 2048,
// batch 512", the key "queue" has the value "2048".
func (lines effectiveConfig) valueOf(name, key string) string {
	for part := range strings.SplitSeq(lines[name], ", ") {
		if value, ok := strings.CutPrefix(part, key+" "); ok {
			return value
		}
	}
	return "no " + key
}

// formatMilliseconds converts a duration such as "25s" to milliseconds in the format of the
// documents, such as "25,000".
func formatMilliseconds(duration string) string {
	d, err := time.ParseDuration(duration)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprint(d.Milliseconds())
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// textOrActual returns text, the documented default, if ok is true. Otherwise it returns a
// message with the actual value. This message differs from every text in the document, so the
// test fails and shows the value.
func textOrActual(ok bool, text string, actual any) string {
	if ok {
		return text
	}
	return fmt.Sprintf("not %q: %v", text, actual)
}

// commonValue returns the first argument if all arguments are equal. Otherwise it returns a
// list of all arguments.
func commonValue(values ...string) string {
	if len(slices.Compact(slices.Clone(values))) == 1 {
		return values[0]
	}
	return fmt.Sprintf("different: %q", values)
}

// quoteAll returns the names as a list of inline code in Markdown.
func quoteAll(names ...string) string { return "`" + strings.Join(names, "`, `") + "`" }

// TestConfigurationPageHasActualDefaults checks that the defaults in CONFIGURATION.md are those of the
// code. It reads the code's defaults from the effective configuration of telemetry that
// has no settings, or only the setting on which a default depends.
func TestConfigurationPageHasActualDefaults(t *testing.T) {
	lines := effectiveConfigWith(t)
	defaults := make(map[string]string)
	for _, add := range []func(*testing.T, effectiveConfig, map[string]string){
		addResourceDefaults, addExportDefaults, addBatchDefaults, addSignalDefaults, addComponentDefaults, addHTTPDefaults, addLifecycleDefaults,
	} {
		add(t, lines, defaults)
	}
	for _, problem := range differingDefaults(tableRows(readConfigurationPage(t), settingsHeader), defaults) {
		t.Error(problem)
	}
}

// addResourceDefaults adds the defaults of the resource to the map defaults. The keys of
// defaults are the names of the settings in the table of CONFIGURATION.md. The following
// functions add further defaults in the same way.
func addResourceDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	build, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test binary does not know what it is built of")
	}
	service, _, _ := strings.Cut(lines["service"], ", ")
	name, version, _ := strings.Cut(service, " ")
	programName := build.Main.Path[strings.LastIndexByte(build.Main.Path, '/')+1:]
	defaults["service name"] = textOrActual(name == programName, "the name of the main module; never `unknown_service`", name)
	defaults["service version"] = textOrActual(version == strings.TrimPrefix(build.Main.Version, "(devel)"), "the version of the build", version)

	collector := otlptest.Start(t)
	tel, err := setUpWith(t, "OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	resource := collector.Spans()[0].Resource
	// Attributes of a container are not required: the test may run outside a container.
	kinds := []string{"host", "os", "process", "telemetry.sdk"}
	missing := slices.DeleteFunc(kinds, func(kind string) bool {
		for key := range resource {
			if strings.HasPrefix(key, kind+".") {
				return true
			}
		}
		return false
	})
	defaults["resource"] = textOrActual(len(missing) == 0, "host, OS, process, container, SDK", missing)
}

// addExportDefaults adds the defaults of the OTLP exporters.
func addExportDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	const variable, protocol = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"
	where := func(lines effectiveConfig) string {
		var places []string
		for _, name := range []string{"traces", "metrics", "logs"} {
			places = append(places, strings.ReplaceAll(strings.Split(lines[name], ", ")[1], "/v1/"+name, ""))
		}
		return commonValue(places...)
	}
	atFirst, overHTTP := where(lines), where(effectiveConfigWith(t, protocol, "http/protobuf"))
	defaults["collector"] = textOrActual(atFirst == "grpc to localhost:4317 without TLS" && overHTTP == "http/protobuf to http://localhost:4318 without TLS",
		"`http://localhost:4317`; `http://localhost:4318` for `http/protobuf`", atFirst+"; "+overHTTP)
	defaultProtocol, _, _ := strings.Cut(atFirst, " ")
	port, _, _ := strings.Cut(where(effectiveConfigWith(t, variable, "http://localhost:4318")), " ")
	path, _, _ := strings.Cut(where(effectiveConfigWith(t, variable, "https://x/otlp")), " ")
	defaults["protocol"] = quoteAll(defaultProtocol) + ", or " + quoteAll(commonValue(port, path)) + " for port 4318 and for an endpoint with a path"
	secure, schemeless, plain := where(effectiveConfigWith(t, variable, "https://x")), where(effectiveConfigWith(t, variable, "x")), where(effectiveConfigWith(t, variable, "http://x"))
	defaults["TLS"] = textOrActual(strings.HasSuffix(secure, " with TLS") && strings.HasSuffix(schemeless, " with TLS") && strings.HasSuffix(plain, " without TLS"),
		"on for `https://` and for an endpoint without a scheme, off for `http://`", []string{secure, schemeless, plain})
	all := func(key string) string {
		return commonValue(lines.valueOf("traces", key), lines.valueOf("metrics", key), lines.valueOf("logs", key))
	}
	defaults["headers"] = textOrActual(all("headers") == "none", "no headers", all("headers"))
	defaults["compression"] = quoteAll(all("compression"))
	defaults["timeout of one attempt of an export"] = formatMilliseconds(all("attempt timeout"))

	kinds := func(lines effectiveConfig) string {
		var kinds []string
		for _, name := range []string{"traces", "metrics", "logs"} {
			kind, _, _ := strings.Cut(lines[name], ",")
			kinds = append(kinds, kind)
		}
		return strings.Join(kinds, "/")
	}
	got := []string{
		kinds(lines), kinds(effectiveConfigWith(t, "OTEL_TRACES_EXPORTER", "console")),
		kinds(effectiveConfigWith(t, "OTEL_TRACES_EXPORTER", "console", variable, "http://x")),
	}
	defaults["exporters"] = textOrActual(slices.Equal(got, []string{"otlp/otlp/otlp", "console/off/off", "console/otlp/otlp"}),
		"`otlp`. With traces on `console` and without a variable `OTEL_EXPORTER_OTLP_…`, metrics and logs are `none`", got)
}

// addBatchDefaults adds the defaults of the queues and batches.
func addBatchDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	commonBatchValue := func(lines effectiveConfig, key string) string {
		return commonValue(lines.valueOf("traces", key), lines.valueOf("logs", key))
	}
	defaults["queue"] = commonBatchValue(lines, "queue") + ". If the queue is full, further items are dropped and counted"
	small := commonBatchValue(effectiveConfigWith(t, "OTEL_BSP_MAX_QUEUE_SIZE", "100", "OTEL_BLRP_MAX_QUEUE_SIZE", "100"), "batch")
	defaults["batch"] = commonBatchValue(lines, "batch") + textOrActual(small == "100", ", or the queue's size if that is less", small)
	defaults["interval between batches"] = formatMilliseconds(lines.valueOf("traces", "delay")) + " for spans, " + formatMilliseconds(lines.valueOf("logs", "delay")) + " for logs"
	defaults["timeout of a batch, retries included"] = formatMilliseconds(commonBatchValue(lines, "export timeout"))
}

// addSignalDefaults adds the defaults of settings for one signal, such as the sampler.
func addSignalDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	defaults["interval and timeout of the export of metrics"] = formatMilliseconds(lines.valueOf("metrics", "every")) + " and " + formatMilliseconds(lines.valueOf("metrics", "export timeout"))
	kinds := strings.Split(lines["metrics"], ", ")
	defaults["temporality, histograms, exemplars"] = quoteAll(kinds[len(kinds)-5], kinds[len(kinds)-4], lines.valueOf("metrics", "exemplars"))
	defaults["metrics of the telemetry itself, `otel.sdk.…`"] = lines.valueOf("metrics", "SDK metrics")
	defaults["metrics of the Go runtime, `go.…`"] = lines.valueOf("metrics", "runtime metrics")
	defaults["minimum level of exported logs"] = quoteAll(lines.valueOf("logs", "slog level"))
	defaults["sampler"] = quoteAll(lines.valueOf("traces", "sampler"))
	defaults["propagators"] = quoteAll(lines["propagators"])
	limits := sdktrace.NewSpanLimits()
	count := commonValue(fmt.Sprint(limits.AttributeCountLimit), fmt.Sprint(limits.EventCountLimit), fmt.Sprint(limits.LinkCountLimit),
		fmt.Sprint(limits.AttributePerEventCountLimit), fmt.Sprint(limits.AttributePerLinkCountLimit))
	defaults["limits of attributes, events and links"] = count + textOrActual(limits.AttributeValueLengthLimit == -1, " of each, no limit for lengths", limits.AttributeValueLengthLimit)
	defaults["turning all telemetry off"] = textOrActual(!strings.Contains(lines["traces"], "off"), "telemetry is on", lines["traces"])
}

// addComponentDefaults adds the defaults of the options that add components, such as
// processors. By default there are none: a component would appear in the effective
// configuration, for example as "processor *baggagecopy.SpanProcessor".
func addComponentDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	all := lines["traces"] + "; " + lines["metrics"] + "; " + lines["logs"]
	without := func(words ...string) string {
		for _, word := range words {
			if strings.Contains(all, word) {
				return all
			}
		}
		return "none"
	}
	defaults["additional exporters"] = without("; exporter ")
	defaults["processors"] = without("; processor ")
	defaults["readers and views of metrics"] = without("; reader ", ", views ")
	defaults["ids of traces and spans"] = textOrActual(!strings.Contains(lines["traces"], ", id generator "), "`random`", lines["traces"])
}

// addHTTPDefaults adds the defaults of the settings for HTTP servers.
func addHTTPDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	defaults["excluded requests"] = lines["http.excluded"]
	defaults["providers"] = ""
	var conventions []string
	for _, method := range []httpconv.RequestMethodAttr{
		httpconv.RequestMethodConnect, httpconv.RequestMethodDelete, httpconv.RequestMethodGet, httpconv.RequestMethodHead, httpconv.RequestMethodOptions,
		httpconv.RequestMethodPatch, httpconv.RequestMethodPost, httpconv.RequestMethodPut, httpconv.RequestMethodQuery, httpconv.RequestMethodTrace,
	} {
		conventions = append(conventions, string(method))
	}
	defaults["known methods"] = textOrActual(lines["http.known_methods"] == strings.Join(conventions, ","), "the ten methods of the HTTP conventions", lines["http.known_methods"])
	defaults["request and response headers as attributes"] = commonValue(lines["http.request_headers"], lines["http.response_headers"])
	var redacted []string
	for name := range strings.SplitSeq(lines["http.redacted_headers"], ",") {
		redacted = append(redacted, http.CanonicalHeaderKey(name))
	}
	defaults["redacted headers"] = quoteAll(redacted...)
	const keys = "recorded, redacted: AWSAccessKeyId,Signature,X-Amz-Credential,X-Amz-Security-Token,X-Amz-Signature,X-Goog-Signature,sig"
	defaults["redacted query parameters, such as tokens"] = textOrActual(lines["http.query"] == keys, "the five keys of the HTTP conventions, `AWSAccessKeyId` and `Signature`", lines["http.query"])
	defaults["format of routes"] = textOrActual(lines["http.routes"] == "as the framework writes them", "the framework's syntax", lines["http.routes"])
	defaults["untrusted callers"] = "every caller is " + lines["http.callers"]
	defaults["trusted proxies"] = lines["http.proxies"] + " is trusted. " + textOrActual(lines["http.forwarded"] == "Forwarded or X-Forwarded-*",
		"If you name proxies, their `Forwarded` is used, and `X-Forwarded-*` for what `Forwarded` does not have", lines["http.forwarded"])
	defaults["the trace id in responses, in the header `traceresponse`"] = textOrActual(!strings.Contains(lines["http.opt_in"], "response trace context"), "no header", lines["http.opt_in"])
	defaults["sizes of bodies, active requests"] = textOrActual(lines["http.opt_in"] == "none", "not recorded, since the HTTP conventions call them Opt-In", lines["http.opt_in"])
}

// addLifecycleDefaults adds the defaults of Serve, Shutdown and Setup. One default of Setup is
// that it returns an error if a variable is invalid.
func addLifecycleDefaults(t *testing.T, lines effectiveConfig, defaults map[string]string) {
	t.Helper()
	defaults["time for the last export"] = formatMilliseconds(lines.valueOf("shutdown", "timeout"))
	defaults["grace period"] = formatMilliseconds(lines.valueOf("shutdown", "grace period")) + ", which includes the time for the last export"
	defaults["drain delay: the time from the signal until the listener closes, while responses ask clients to close their connections"] = formatMilliseconds(lines.valueOf("shutdown", "drain delay")) + ". The delay is part of the grace period"

	defaults["signals that stop `tel.Serve`"] = stopSignalsText(t)
	defaults["OpenTelemetry's global providers"] = globalProvidersText(t)

	_, fileErr := setUpWith(t, "OTEL_CONFIG_FILE", "otel.yaml")
	defaults["a configuration file"] = textOrActual(lines["configuration"] == "" && fileErr != nil, "none. If the variable is set without one of these options, `Setup` returns an error", fileErr)
	_, err := setUpWith(t, "OTEL_BSP_MAX_QUEUE_SIZE", "many")
	defaults["invalid variables"] = textOrActual(err != nil, "an error of `Setup`", err)

	// SetDefault also changes package log, which must be restored.
	before, writer, flags := slog.Default(), log.Writer(), log.Flags()
	defer func() {
		slog.SetDefault(before)
		log.SetOutput(writer)
		log.SetFlags(flags)
	}()
	var logged bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	effectiveConfigWith(t)
	defaults["messages about the telemetry: what was set up, what is lost"] = textOrActual(strings.Contains(logged.String(), "telemetry is set up"), "`slog.Default()`", logged.String())
}

// globalProvidersText returns the documented text about global providers if the text is
// true. Otherwise it returns a text with the actual behavior.
func globalProvidersText(t *testing.T) string {
	t.Helper()
	tel, err := setUpWith(t)
	if err != nil {
		t.Fatal(err)
	}
	registered := otel.GetTracerProvider() == tel.TracerProvider()
	_, secondErr := core.Setup(t.Context())
	shutdownNow(tel)
	restarted, err := core.Setup(t.Context())
	shutdownNow(restarted)
	return textOrActual(registered && errors.Is(secondErr, core.ErrRunning) && err == nil,
		"`Setup` sets them. It then returns an error if it is called again before the first telemetry is shut down", []any{registered, secondErr, err})
}

// idleServer is a server that accepts no connections and only waits until it is shut down.
type idleServer struct {
	started chan struct{} // closed by ListenAndServe
	stopped chan struct{} // closed by Shutdown
}

func (s idleServer) ListenAndServe() error {
	close(s.started)
	<-s.stopped
	return http.ErrServerClosed
}

func (s idleServer) Shutdown(context.Context) error {
	close(s.stopped)
	return nil
}

// stopSignalsText returns the names of the signals that stop Serve by default.
func stopSignalsText(t *testing.T) string {
	t.Helper()
	caught := make(chan os.Signal, 16) // without Notify, the signals would end the test
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(caught)
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	var ended []string
	for _, s := range []struct {
		signal os.Signal
		name   string
	}{{syscall.SIGINT, "SIGINT"}, {syscall.SIGTERM, "SIGTERM"}} {
		tel, err := setUpWith(t, "OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none")
		if err != nil {
			t.Fatal(err)
		}
		server := idleServer{started: make(chan struct{}), stopped: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- tel.Serve(ctx, server) }()
		<-server.started
		if err := process.Signal(s.signal); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-served:
			if err != nil {
				t.Errorf("Serve after %s: got %v, want no error", s.name, err)
			}
			ended = append(ended, s.name)
		case <-time.After(waitTimeout):
		}
		cancel()
	}
	return strings.Join(ended, " and ")
}

// TestConfigurationPageHasActualAdapterDefaults checks that the adapters' defaults in
// CONFIGURATION.md are what nethttpotel records without options. One adapter is enough,
// because the conformance suite checks that all adapters record the same.
func TestConfigurationPageHasActualAdapterDefaults(t *testing.T) {
	collector := otlptest.Start(t)
	tel, err := setUpWith(t, "OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(http.ResponseWriter, *http.Request) {})
	nethttpotel.Middleware(tel)(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/orders/17", http.NoBody))
	router := gin.New()
	ginotel.Use(router, tel)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	span := collector.Spans()[0]
	var others []string
	for key := range span.Attributes {
		if !slices.ContainsFunc([]string{"http.", "url.", "server.", "client.", "network.", "user_agent."}, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			others = append(others, key)
		}
	}
	var measured []string
	for _, point := range collector.Points("http.server.request.duration") {
		for key := range point.Attributes {
			if !slices.ContainsFunc([]string{"http.", "url.", "network."}, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
				measured = append(measured, key)
			}
		}
	}
	for _, problem := range differingDefaults(tableRows(readConfigurationPage(t), adaptersHeader), map[string]string{
		"`WithSpanName`":         textOrActual(span.Name() == "GET /orders/{id}", "method and route", span.Name()),
		"`WithAttributes`":       textOrActual(len(others) == 0, "none", others),
		"`WithStartAttributes`":  textOrActual(len(others) == 0, "none", others),
		"`WithMetricAttributes`": textOrActual(len(measured) == 0, "none", measured),
		"`WithContextFallback`":  textOrActual(!router.ContextWithFallback, "off", router.ContextWithFallback),
		"`WithResponseWriter`":   textOrActual(span.Attributes["http.response.status_code"] == int64(200), "the middleware's writer", span.Attributes["http.response.status_code"]),
		"`WithRoute`":            textOrActual(span.Attributes["http.route"] == "/orders/{id}", "the pattern of the `http.ServeMux`", span.Attributes["http.route"]),
	}) {
		t.Error(problem)
	}
}
