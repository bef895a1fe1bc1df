package main

import (
	"strings"
	"testing"
)

func TestCheckVersion(t *testing.T) {
	tags := map[string]string{"core/v0.2.0": "v0.2.0", "ginotel/v0.1.0": "v0.1.0"}
	for _, test := range []struct{ version, err string }{
		{"v0.2.1", ""},
		{"v0.3.0-rc.1", ""},
		{"v1.0.0", ""},
		{"v0.2.0", "want a version above that of the tag core/v0.2.0"},
		{"v0.2.0-rc.1", "want a version above that of the tag core/v0.2.0"},
		{"0.3.0", `version "0.3.0": want a version such as`},
		{"v0.3", `version "v0.3": want a version such as`},
		{"v0.3.0+build", "want a version such as"},
		{"", `version "": want a version such as`},
		{"v2.0.0", "do not end with /v2"},
	} {
		err := checkVersion(test.version, tags)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%q: got %v, want an error with %q", test.version, err, test.err)
		}
	}
}

func TestNextVersion(t *testing.T) {
	for want, tags := range map[string]map[string]string{
		"v0.1.0":  nil,
		"v0.11.0": {"a/v0.9.3": "v0.9.3", "b/v0.10.1": "v0.10.1"},
		"v1.1.0":  {"a/v1.0.0": "v1.0.0", "b/v0.10.1": "v0.10.1"},
		"v0.2.0":  {"a/v0.1.0-rc.1": "v0.1.0-rc.1"},
	} {
		got := nextVersion(tags)
		if got != want {
			t.Errorf("%v: got %s, want %s", tags, got, want)
		}
		if err := checkVersion(got, tags); err != nil {
			t.Errorf("%v: %v", tags, err)
		}
	}
}
