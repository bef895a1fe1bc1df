package settings

import (
	"net/url"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/internal/sanitize"
)

func TestParseEndpoint(t *testing.T) {
	for _, test := range []struct {
		value string
		// insecure is the value of OTEL_EXPORTER_OTLP_INSECURE.
		insecure bool
		target   string
		secure   bool
		// url is the URL for traces if value is the endpoint of all signals, and
		// signalURL if it is the endpoint of traces.
		url       string
		signalURL string
	}{
		{"http://localhost:4317", false, "dns:///localhost:4317", false, "http://localhost:4317/v1/traces", "http://localhost:4317/"},
		{"https://collector.example.com", true, "dns:///collector.example.com:443", true, "https://collector.example.com:443/v1/traces", "https://collector.example.com:443/"},
		{"http://collector", false, "dns:///collector:80", false, "http://collector:80/v1/traces", "http://collector:80/"},
		{"HTTP://collector:4318/", false, "dns:///collector:4318", false, "http://collector:4318/v1/traces", "http://collector:4318/"},
		{"otel-collector:4317", false, "dns:///otel-collector:4317", true, "https://otel-collector:4317/v1/traces", "https://otel-collector:4317/"},
		{"otel-collector:4317", true, "dns:///otel-collector:4317", false, "http://otel-collector:4317/v1/traces", "http://otel-collector:4317/"},
		{"127.0.0.1:4317", false, "dns:///127.0.0.1:4317", true, "https://127.0.0.1:4317/v1/traces", "https://127.0.0.1:4317/"},
		{"[::1]:4317", true, "dns:///[::1]:4317", false, "http://[::1]:4317/v1/traces", "http://[::1]:4317/"},
		{"http://[::1]", false, "dns:///[::1]:80", false, "http://[::1]:80/v1/traces", "http://[::1]:80/"},
		{"collector", false, "dns:///collector:4317", true, "https://collector:4318/v1/traces", "https://collector:4318/"},
		{"http://c:4318/base/", false, "dns:///c:4318", false, "http://c:4318/base/v1/traces", "http://c:4318/base/"},
		{"http://c:4318/a%2Fb?key=1", false, "dns:///c:4318", false, "http://c:4318/a%2Fb/v1/traces?key=1", "http://c:4318/a%2Fb?key=1"},
		{"unix:///run/otel.sock", false, "unix:/run/otel.sock", false, "", ""},
		{"unix:otel.sock", false, "unix:otel.sock", false, "", ""},
		{"UNIX:otel.sock", false, "unix:otel.sock", false, "", ""},
		{"dns:///collector:4317", false, "dns:///collector:4317", true, "", ""},
		{"dns:///collector:4317", true, "dns:///collector:4317", false, "", ""},
		{"DNS:collector:4317", true, "dns:collector:4317", false, "", ""},
		{"dns://10.0.0.1:53/collector:4317", true, "dns://10.0.0.1:53/collector:4317", false, "", ""},
		{"passthrough:///10.1.2.3:4317", true, "passthrough:///10.1.2.3:4317", false, "", ""},
		{"dns:4317", true, "dns:///dns:4317", false, "http://dns:4317/v1/traces", "http://dns:4317/"},
		{"http://[fe80::1%25eth0]:4317", false, "dns:///[fe80::1%25eth0]:4317", false, "http://[fe80::1%25eth0]:4317/v1/traces", "http://[fe80::1%25eth0]:4317/"},
		{"[fe80::1%25eth0]:4317", true, "dns:///[fe80::1%25eth0]:4317", false, "http://[fe80::1%25eth0]:4317/v1/traces", "http://[fe80::1%25eth0]:4317/"},
		{"[fe80::1%eth0]:4317", true, "dns:///[fe80::1%25eth0]:4317", false, "http://[fe80::1%25eth0]:4317/v1/traces", "http://[fe80::1%25eth0]:4317/"},
		{"http://otel_collector.svc.cluster.local.:4317", true, "dns:///otel_collector.svc.cluster.local.:4317", false,
			"http://otel_collector.svc.cluster.local.:4317/v1/traces", "http://otel_collector.svc.cluster.local.:4317/"},
		{"http://http:4317", true, "dns:///http:4317", false, "http://http:4317/v1/traces", "http://http:4317/"},
	} {
		e, err := parseEndpoint(test.value)
		if err != nil {
			t.Errorf("%s: %v", test.value, err)
			continue
		}
		if got := e.grpcTarget(); got != test.target {
			t.Errorf("%s: got target %s, want %s", test.value, got, test.target)
		}
		if got := e.usesTLS(test.insecure); got != test.secure {
			t.Errorf("%s: got secure %v, want %v", test.value, got, test.secure)
		}
		if test.url == "" {
			continue
		}
		if got := e.url("/v1/traces", test.insecure).String(); got != test.url {
			t.Errorf("%s: got URL %s, want %s", test.value, got, test.url)
		}
		if got := e.url("", test.insecure).String(); got != test.signalURL {
			t.Errorf("%s: got own URL %s, want %s", test.value, got, test.signalURL)
		}
	}
}

// badEndpoints are values that parseEndpoint must reject.
var badEndpoints = []string{
	"http://collector:4318/otlp#traces",
	"ftp://collector:4317", "://collector", "http://", "http://:4317", ":4317", "4317", "collector:", "collector:port",
	"collector:0", "collector:70000", "http://user:secret@collector:4317", "user:secret@collector:4317", "col lector:4317",
	"http://collector:4317/%zz", "[::1", "unix:", "unix://", "unix:///", "http://a%00b:1", "::1", "::1:4317", "http://::1:4317",
	"unix:/tmp/a%zz", "unix:///tmp/a?b", "unix:a#b",
	"http//collector:4317", "HTTPS//collector:4317", "http/collector", "http:/collector:4317", "http;//collector:4317", "//collector:4317",
	"http://$(NODE_IP):4317", "$(NODE_IP):4317", "http://${NODE_IP}:4317", "http://$NODE_IP:4317", "http://{{ .Values.host }}:4317",
	"http://<collector>:4317", "http://%NODE_IP%:4317", "$(SCHEME)://collector:4317", "http://collector:$(PORT)", "dns:///$(NODE_IP):4317",
	"http://[collector]:4317", "http://[127.0.0.1]:4317", "http://[fe80::1%25]:4317", "http://[fe80::1%25eth%200]:4317", "http://[fe80::1%25e%0a]:4317", "http://coll*ctor:4317", "http://'collector':4317", `"http://collector:4317"`,
	"ftp://collector?key=secret", "http://collector:port?key=secret", "http://collector:4318?key=secret#traces",
	"dns:", "dns:///", "dns://collector:4317", "passthrough://", "dns:///user:secret@collector:4317", "dns://user:secret@ns/collector:4317", "xyz:///collector:4317",
}

func TestParseEndpointErrorsNameProblem(t *testing.T) {
	for value, want := range map[string]string{
		"http://":                 "no host",
		"http://$(NODE_IP):4317":  "$(NODE_IP) was not replaced by a value",
		"${HOST}:4317":            "${HOST} was not replaced by a value",
		"http://c:$PORT":          "$PORT was not replaced by a value",
		"http//collector:4317":    "no colon after http",
		"dns://collector:4317":    "as in dns:///collector:4317",
		"http://[collector]:4317": "invalid host",
		"xyz:///collector:4317":   `the scheme "xyz" is not supported`,
		"unix:/tmp/a%zz":          "the path of a Unix socket cannot contain %",
	} {
		if _, err := parseEndpoint(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", value, err, want)
		}
	}
}

func TestParseEndpointRejectsInvalid(t *testing.T) {
	for _, value := range badEndpoints {
		e, err := parseEndpoint(value)
		if err == nil {
			t.Errorf("%s: got %+v, want an error", value, e)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the password: %v", value, err)
		}
		if got := redactCredentials(value); strings.Contains(got, "secret") {
			t.Errorf("%s: redacted to %s", value, got)
		}
	}
}

// FuzzParseEndpoint checks that every endpoint that parseEndpoint accepts has a gRPC
// target and valid URLs.
func FuzzParseEndpoint(f *testing.F) {
	for _, value := range append(badEndpoints, "http://localhost:4317", "otel-collector:4317", "[::1]:4317", "unix:///a", "http://c:1/a?b") {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		e, err := parseEndpoint(value)
		if err != nil {
			return
		}
		if e.grpcTarget() == "" {
			t.Errorf("%q has no target", value)
		}
		if e.grpcOnlyTarget != "" {
			return
		}
		for _, path := range []string{"", "/v1/traces"} {
			u := e.url(path, true)
			reparsed, err := url.Parse(u.String())
			if err != nil || reparsed.Host != u.Host || reparsed.EscapedPath() != u.EscapedPath() {
				t.Errorf("%q: %q is no URL that means itself: %v", value, u, err)
			}
		}
	})
}

// FuzzParsePairs checks that parsePairs returns only non-empty keys and valid UTF-8.
func FuzzParsePairs(f *testing.F) {
	for _, list := range []string{"a=b,c=d", "a=b%2Cc,", "=", "a", "a=%ff", " a = b ; c = d ", "a=b=c"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		pairs, err := parsePairs(list)
		if err != nil && pairs != nil {
			t.Errorf("%q: got both pairs and an error", list)
		}
		for _, p := range pairs {
			if p.key == "" {
				t.Errorf("%q: an empty key", list)
			}
			if _, bad := sanitize.String(p.key + p.value); bad {
				t.Errorf("%q: not UTF-8: %q", list, p)
			}
			_ = CheckHeader(p.key, p.value, ProtocolGRPC)
		}
	})
}

// TestUnquoteKeepsQuotesOfElements proves that quotes around single elements of a list
// remain. Only quotes around the whole list are removed.
func TestUnquoteKeepsQuotesOfElements(t *testing.T) {
	for _, list := range []string{`"a"=1,b="2"`, `a="1"`, `"`} {
		var e environment
		if got := e.unquote("OTEL_TEST", list); got != list || len(e.advice) > 0 {
			t.Errorf("%s: got %s and %v, want it as it is", list, got, e.advice)
		}
	}
}
