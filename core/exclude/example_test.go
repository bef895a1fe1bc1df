package exclude_test

import (
	"fmt"

	"github.com/samespan/samespan/core/exclude"
)

func Example() {
	rules, err := exclude.Parse("healthz,metrics,docs", "GET =/", "agent:kube-probe/")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range []string{"/healthz", "/docs/oauth2", "/healthzz", "/process/docs", "/"} {
		fmt.Println(path, rules.Match("GET", path, "curl/8.5.0"))
	}
	// Output:
	// /healthz true
	// /docs/oauth2 true
	// /healthzz false
	// /process/docs false
	// / true
}

func ExampleParse() {
	_, err := exclude.Parse("/", "/search?q=ping")
	fmt.Println(err)
	// Output:
	// exclude: rule "/": would exclude the whole service: write "=/" for the root alone, or "/**" to exclude everything
	// exclude: rule "/search?q=ping": has a "?": queries are never matched, and "?" is not a wildcard; write the path alone
}

func ExampleRules_Match() {
	rules, err := exclude.Parse("/api/*/healthz,**/internal/**,~^/v[0-9]{1,2}/ping$")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range []string{"/api/eu/healthz", "/a/internal/b", "/v12/ping", "/api/healthz"} {
		fmt.Println(path, rules.Match("GET", path, ""))
	}
	// Output:
	// /api/eu/healthz true
	// /a/internal/b true
	// /v12/ping true
	// /api/healthz false
}
