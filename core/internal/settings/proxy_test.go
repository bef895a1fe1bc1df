package settings

import (
	"strings"
	"testing"

	"github.com/samespan/samespan/core/internal/envtest"
)

// TestInvalidProxyCausesWarning proves that an invalid proxy causes one warning, which
// does not contain the value: any part of it may be a password.
func TestInvalidProxyCausesWarning(t *testing.T) {
	for _, test := range []struct {
		value string
		warn  bool
	}{
		{"http://user:secret@proxy:3128", false},
		{"https://user:secret@proxy", false},
		{"user:secret@proxy:3128", false},
		{"proxy", false},
		{"socks5://[::1]:1080", false},
		{"http://user:secret@proxy:port", true},
		{"http://user:secret@proxy:99999", true},
		{"http://user:secret@proxy:", true},
		{"http://user:se/cret@proxy:3128", true},
		{"http://user:12/cret@proxy:3128", true},
		{"http://user:12?cret@proxy:3128", true},
		{"http://user:12#cret@proxy:3128", true},
		{"http://user:se%cret@proxy:3128", true},
		{"http://user:se cret@proxy:3128", true},
		{"user:se/cret@proxy:3128", true},
		{"ftp://user:secret@proxy", true},
		{"http://user:secret@", true},
	} {
		for endpoint, proxied := range map[string]string{
			"http://collector:4317": "HTTPS_PROXY", "https://collector:4318": "https_proxy", "http://collector:4318": "HTTP_PROXY",
			"http://localhost:4317": "", "http://127.0.0.1:4318": "", "http://[::1]:4317": "", "unix:/run/collector": "",
		} {
			envtest.Clear(t)
			for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
				t.Setenv(name, "")
			}
			name := proxied
			if name == "" {
				name = "HTTPS_PROXY"
			}
			t.Setenv(name, test.value)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
			s, problems := Resolve(Options{})
			if problems != nil {
				t.Fatal(problems)
			}
			want := 0
			if test.warn && proxied != "" {
				want = 1
			}
			if len(s.Advice) != want {
				t.Errorf("%s=%s for %s: got advice %v, want %d", name, test.value, endpoint, s.Advice, want)
			}
			for _, advice := range s.Advice {
				if text := advice.Error(); !strings.HasPrefix(text, strings.ToUpper(name)+" (value not shown)") || strings.Contains(text, "cret") {
					t.Errorf("got advice %q, want the variable without its value", text)
				}
			}
		}
	}
}
