package httpserver_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

var testFramework = httpserver.Framework{Name: "gin", Scope: "example.com/adapter", Version: "1.2.3", ParamEnds: "/"}

// newRequest returns a request for path with headers, given as name, value, …
func newRequest(path string, headers ...string) *httpserver.Request {
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Add(headers[i], headers[i+1])
	}
	path, query, _ := strings.Cut(path, "?")
	return &httpserver.Request{
		Method:      http.MethodGet,
		Host:        "shop.example:8080",
		Path:        path,
		Query:       query,
		Protocol:    "1.1",
		PeerAddress: "192.0.2.7",
		PeerPort:    51234,
		UserAgent:   header.Get("User-Agent"),
		Header:      propagation.HeaderCarrier(header),
	}
}

// successOutcome returns the outcome of a successful request.
func successOutcome() httpserver.Outcome {
	return httpserver.Outcome{Status: http.StatusOK, RequestSize: httpserver.Bytes(0), ResponseSize: httpserver.Bytes(2)}
}

// instrument returns the instrumentation of testFramework.
func instrument(t *testing.T, r *httpservertest.Recorder) *httpserver.Instrumentation {
	t.Helper()
	instrumentation, err := r.Instrument(testFramework)
	if err != nil {
		t.Fatal(err)
	}
	return instrumentation
}

func TestNewRefusesInvalidConfig(t *testing.T) {
	valid := httpserver.Config{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: noop.NewMeterProvider()}
	tests := []struct {
		name   string
		change func(*httpserver.Config)
		// env is the name and the value of an environment variable.
		env  [2]string
		want []string
	}{
		{"no tracer provider", func(c *httpserver.Config) { c.TracerProvider = nil }, [2]string{}, []string{"TracerProvider is nil"}},
		{"no meter provider", func(c *httpserver.Config) { c.MeterProvider = nil }, [2]string{}, []string{"MeterProvider is nil"}},
		{"rule", func(c *httpserver.Config) { c.Exclude = []string{"~(", "healthz"} }, [2]string{}, []string{"~("}},
		{"method", func(c *httpserver.Config) { c.KnownMethods = []string{"GET", "NOT A METHOD"} }, [2]string{}, []string{`"NOT A METHOD"`}},
		{"header", func(c *httpserver.Config) { c.CapturedRequestHeaders = []string{"X Bad"} }, [2]string{}, []string{`"X Bad"`}},
		{"sanitized header", func(c *httpserver.Config) { c.SanitizedHeaders = []string{"("} }, [2]string{}, []string{`"("`}},
		{"proxy", func(c *httpserver.Config) { c.TrustedProxies = []string{"10.0.0.0/99"} }, [2]string{}, []string{`"10.0.0.0/99"`, "CIDR"}},
		{"forwarded headers", func(c *httpserver.Config) { c.ForwardedHeaders = 3 }, [2]string{}, []string{`"3"`, "XForwardedOnly"}},
		{"route format", func(c *httpserver.Config) { c.RouteFormat = 7 }, [2]string{}, []string{`"7"`}},
		{
			"two settings", func(c *httpserver.Config) { c.KnownMethods = []string{""}; c.TrustedProxies = []string{"nowhere"} },
			[2]string{},
			[]string{"known method", "nowhere"},
		},
		{"general rule variable", func(*httpserver.Config) {}, [2]string{"OTEL_GO_EXCLUDED_URLS", "~("}, []string{"OTEL_GO_EXCLUDED_URLS", "~("}},
		{"rule variable of a framework", func(*httpserver.Config) {}, [2]string{"OTEL_GO_FIBER_EXCLUDED_URLS", "~("}, []string{"OTEL_GO_FIBER_EXCLUDED_URLS"}},
		{
			"method variable", func(*httpserver.Config) {},
			[2]string{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,a b"},
			[]string{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", `"a b"`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.env[0] != "" {
				t.Setenv(test.env[0], test.env[1])
			}
			config := valid
			test.change(&config)
			_, err := httpserver.New(config)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want it to name %q", err, want)
				}
			}
		})
	}
}

// TestInvalidVariableIsIgnoredWithWarn proves that an engine with Config.Warn reports an
// invalid variable to Warn and uses the option in its place.
func TestInvalidVariableIsIgnoredWithWarn(t *testing.T) {
	t.Setenv("OTEL_GO_EXCLUDED_URLS", "~(")
	var warnings []string
	r := httpservertest.New(t, httpserver.Config{
		Exclude: []string{"healthz"},
		Warn:    func(err error) { warnings = append(warnings, err.Error()) },
	})
	if len(warnings) != 1 || !strings.Contains(warnings[0], "OTEL_GO_EXCLUDED_URLS") {
		t.Errorf("got warnings %q, want one that names the variable", warnings)
	}
	_, x := instrument(t, r).Start(t.Context(), newRequest("/healthz"))
	if x.Observed() {
		t.Error("the rule of the option does not apply")
	}
}

func TestMustInstrumentPanicsWithoutSource(t *testing.T) {
	var nilEngine *httpserver.Engine
	for name, src := range map[string]httpserver.Source{"nil": nil, "nil engine": nilEngine, "zero engine": new(httpserver.Engine)} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				message, _ := recover().(string)
				if !strings.Contains(message, testFramework.Scope) || !strings.Contains(message, "core.Setup") {
					t.Errorf("got panic %q, want it to name the adapter and what to pass", message)
				}
			}()
			httpserver.MustInstrument(src, testFramework)
			t.Error("got no panic")
		})
	}
}

func TestInstrumentReturnsOneInstrumentationPerFramework(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	if first, second := instrument(t, r), instrument(t, r); first != second {
		t.Error("the same framework got two instrumentations: active requests would be counted twice")
	}
}

// TestWaitReturnsAfterLastExchange proves that every Wait returns when the last exchange has
// ended. If the context ends first, the error has the number of open exchanges.
func TestWaitReturnsAfterLastExchange(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, x := instrument(t, r).Start(t.Context(), newRequest("/slow"))

	expired, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Wait(expired); err == nil || !strings.Contains(err.Error(), "1 request still in progress") {
		t.Errorf("got %v, want an error that counts the open request", err)
	}

	waited := make(chan error, 2)
	for range 2 {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			waited <- r.Wait(ctx)
		}()
	}
	x.End(successOutcome())
	for range 2 {
		if err := <-waited; err != nil {
			t.Error(err)
		}
	}
}
