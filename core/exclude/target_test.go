package exclude_test

import (
	"testing"

	"github.com/samespan/samespan/core/exclude"
)

// TestQueryIsIgnored proves that a query or a fragment does not change whether a path is
// excluded. Otherwise a client could hide a request, or evade a rule.
func TestQueryIsIgnored(t *testing.T) {
	rules, err := exclude.Parse("/healthz", "=/", "/static/*", "GET /own", "~^/v[0-9]$")
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "POST", "CONNECT"} {
		for _, path := range []string{"", "/", "/healthz", "/healthz/", "/static/a.js", "/own", "/v1", "/other", "/%68ealthz", "/Healthz", "/a/../healthz"} {
			want := rules.Match(method, path, "")
			for _, suffix := range []string{"?", "#", "?a=/healthz", "?a?b", "#?a", "?#", "?%41"} {
				if got := rules.Match(method, path+suffix, ""); got != want {
					t.Errorf("%s %q is excluded: %v, want %v as without %q", method, path+suffix, got, want, suffix)
				}
				if got := rules.MatchBytes([]byte(method), []byte(path+suffix), nil); got != want {
					t.Errorf("%s %q in bytes is excluded: %v, want %v as without %q", method, path+suffix, got, want, suffix)
				}
			}
		}
	}
}
