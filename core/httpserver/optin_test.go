package httpserver_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

const optInVariable = "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY"

// TestOptIn proves that telemetry that the conventions call Opt-In is recorded
// only if enabled.
func TestOptIn(t *testing.T) {
	tests := []struct {
		name   string
		config httpserver.Config
		// variable is the value of optInVariable.
		variable              string
		wantSizes, wantActive bool
	}{
		{name: "default"},
		{name: "sizes", config: httpserver.Config{BodySizes: true}, wantSizes: true},
		{name: "active requests", config: httpserver.Config{ActiveRequests: true}, wantActive: true},
		{name: "both", config: httpserver.Config{BodySizes: true, ActiveRequests: true}, wantSizes: true, wantActive: true},
		{name: "variable", variable: "true", wantSizes: true, wantActive: true},
		{name: "variable over options", config: httpserver.Config{BodySizes: true, ActiveRequests: true}, variable: "False"},
		{name: "empty variable", config: httpserver.Config{BodySizes: true}, variable: " ", wantSizes: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(optInVariable, test.variable)
			r := httpservertest.NewDefault(t, test.config)
			instrumentation := instrument(t, r)
			_, x := instrumentation.Start(t.Context(), newRequest("/"))
			if active := r.Collect("http.server.active_requests"); (len(active) == 1 && active[0].Sum == 1) != test.wantActive {
				t.Errorf("got active requests %v, want any: %v", active, test.wantActive)
			}
			x.End(httpserver.Outcome{Status: 200, RequestSize: httpserver.Bytes(5), ResponseSize: httpserver.Bytes(7)})
			span := r.Only()
			for _, key := range []string{"request", "response"} {
				size := attributesOf(span)[attribute.Key("http."+key+".body.size")]
				if points := r.Points("http.server." + key + ".body.size"); (size != nil) != test.wantSizes || (len(points) == 1) != test.wantSizes {
					t.Errorf("got %s size %v and points %v, want any: %v", key, size, points, test.wantSizes)
				}
			}
		})
	}
	t.Setenv(optInVariable, "yes")
	config := httpserver.Config{TracerProvider: httpservertest.New(t, httpserver.Config{Warn: func(error) {}}).TracerProvider()}
	if _, err := httpserver.New(config); err == nil || !strings.Contains(err.Error(), optInVariable) || !strings.Contains(err.Error(), "yes") {
		t.Errorf("got error %v, want one that names the variable and its value", err)
	}
}

// TestVersionOnMetrics proves that metrics have only known protocol versions, so that a
// client cannot create time series by inventing versions. Spans have the version as sent.
func TestVersionOnMetrics(t *testing.T) {
	for protocol, want := range map[string]any{"1.0": "1.0", "1.1": "1.1", "2": "2", "3": "3", "": nil, "9.9": nil, "1.2": nil, "\xff": nil} {
		r := httpservertest.New(t, httpserver.Config{})
		req := newRequest("/")
		req.Protocol = protocol
		_, x := instrument(t, r).Start(t.Context(), req)
		x.End(successOutcome())
		points := r.Points("http.server.request.duration")
		if len(points) != 1 || points[0].Attributes["network.protocol.version"] != want {
			t.Errorf("%q: got points %v, want version %v", protocol, points, want)
		}
		got := httpservertest.Attribute(r.Only(), "network.protocol.version")
		if wanted := strings.ToValidUTF8(protocol, "\uFFFD"); got != nil && got != wanted || got == nil && wanted != "" {
			t.Errorf("%q: got version %v on the span, want %q", protocol, got, wanted)
		}
	}
}

// TestEmptyPath proves that an empty path is recorded as "/", except for CONNECT, whose
// target has no path.
func TestEmptyPath(t *testing.T) {
	tests := []struct {
		method, path string
		want         any
	}{
		{"GET", "/a", "/a"},
		{"GET", "", "/"},
		{"OPTIONS", "*", "*"},
		{"CONNECT", "", nil},
		{"CONNECT", "target.example:443", nil},
		{"CONNECT", "/a", "/a"},
	}
	for _, test := range tests {
		r := httpservertest.New(t, httpserver.Config{})
		req := newRequest(test.path)
		req.Method = test.method
		_, x := instrument(t, r).Start(t.Context(), req)
		x.End(successOutcome())
		if got := httpservertest.Attribute(r.Only(), "url.path"); got != test.want {
			t.Errorf("%s %q: got url.path %v, want %v", test.method, test.path, got, test.want)
		}
	}
}
