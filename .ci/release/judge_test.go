package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestCompareFormatsFindsDifferences proves that compareFormats finds a difference between
// the formats.
func TestCompareFormatsFindsDifferences(t *testing.T) {
	const (
		junit = `<testsuites><testsuite name="orders" tests="2" failures="1" errors="0"></testsuite></testsuites>`
		page  = "<!doctype html><p>parent/remote<p>span/status"
	)
	var r report
	if err := json.Unmarshal([]byte(`{"results":[{"check":{"id":"parent/remote"},"outcome":"pass"},{"check":{"id":"span/status"},"outcome":"fail"}]}`), &r); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, junit, page, err string }{
		{"the same", junit, page, ""},
		{"a failure less", strings.Replace(junit, `failures="1"`, `failures="0"`, 1), page, "want 2 tests with 1 failures"},
		{"a test less", strings.Replace(junit, `tests="2"`, `tests="1"`, 1), page, "want 2 tests with 1 failures"},
		{"an error", strings.Replace(junit, `errors="0"`, `errors="1"`, 1), page, "want 2 tests with 1 failures"},
		{"an empty file", "", page, "samespan.xml: EOF"},
		{"no test suite", "<testsuites></testsuites>", page, "got 0 test suites"},
		{"no page", junit, "", "want an HTML page"},
		{"a check less on the page", junit, "<!doctype html><p>parent/remote", "check span/status is missing"},
	} {
		err := r.compareFormats([]byte(test.junit), []byte(test.page))
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: got %v, want an error with %q", test.name, err, test.err)
		}
	}
}
