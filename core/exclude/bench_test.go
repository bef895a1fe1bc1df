package exclude

import (
	"strings"
	"testing"
)

func BenchmarkMatch(b *testing.B) {
	for _, test := range []struct{ name, rules, path string }{
		{"paths/miss", "healthz,metrics,docs", "/process/12345"},
		{"paths/hit", "healthz,metrics,docs", "/docs/oauth2"},
		{"paths/long", "healthz,metrics,docs", strings.Repeat("/segment", 128)},
		{"exact/miss", "=/healthz,=/", "/process/12345"},
		{"method/miss", "GET /healthz,GET /metrics", "/process/12345"},
		{"glob/miss", "/api/*/healthz,**/internal/**", "/api/v1/process/12345"},
		{"expression/miss", `~^/internal/.*/ping$`, "/process/12345"},
	} {
		b.Run(test.name, func(b *testing.B) {
			rules := mustParse(b, test.rules)
			b.ReportAllocs()
			for b.Loop() {
				rules.Match("GET", test.path, "Mozilla/5.0")
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, "healthz,metrics,docs,/api/*/healthz,GET =/")
	}
}
