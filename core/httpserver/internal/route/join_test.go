package route

import (
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	tests := []struct {
		name                                         string
		outerRoute, outerPath, innerRoute, innerPath string
		want                                         string
	}{
		{"same path", "/", "/a/1", "/a/{id}", "/a/1", "/a/{id}"},
		{"stripped prefix", "/api/", "/api/a/1", "/a/{id}", "/a/1", "/api/a/{id}"},
		{"stripped wildcard prefix", "/api/{rest...}", "/api/a/1", "/a/{id}", "/a/1", "/api/a/{id}"},
		{"two stripped segments", "/v1/api/", "/v1/api/a", "/a", "/a", "/v1/api/a"},
		{"whole path stripped", "/api/", "/api/", "/{$}", "/", "/api/{$}"},
		{"empty path left", "/api", "/api", "/", "", "/api/"},
		{"only a slash left", "/api/", "/api", "/", "/", "/api/"},
		{"a parameter", "/{tenant}/", "/t1/a/1", "/a/{id}", "/a/1", "/{tenant}/a/{id}"},
		{"a parameter behind a prefix", "/t/{tenant}/", "/t/acme/a/1", "/a/{id}", "/a/1", "/t/{tenant}/a/{id}"},
		{"a parameter with colons", "/t/:tenant/*rest", "/t/acme/a/1", "/a/{id}", "/a/1", "/t/:tenant/a/{id}"},
		{"a part of a segment is a parameter", "/t-{tenant}/", "/t-acme/a/1", "/a/{id}", "/a/1", "/t-{tenant}/a/{id}"},
		{"parameter not stripped", "/t/{tenant}/", "/t/acme/a/1", "/{tenant}/a/{id}", "/acme/a/1", "/t/{tenant}/a/{id}"},
		{"an encoded prefix", "/grüße/", "/gr%C3%BC%C3%9Fe/a", "/a", "/a", "/grüße/a"},
		{"prefix in another case", "/API/", "/api/a", "/a", "/a", "/API/a"},
		{"a wildcard is not a prefix", "/{tenant...}", "/t1/a/1", "/a/{id}", "/a/1", "/a/{id}"},
		{"a star is not a prefix", "/t/*", "/t/t1/a/1", "/a/{id}", "/a/1", "/a/{id}"},
		{"more stripped than the template has", "/api/", "/api/v1/a/1", "/a/{id}", "/a/1", "/a/{id}"},
		{"an empty segment", "/{tenant}/", "//a/1", "/a/{id}", "/a/1", "/a/{id}"},
		{"cut within a segment", "/{tenant}/", "/t1/a/1", "/a/{id}", "1/a/1", "/a/{id}"},
		{"prefix that is not in the template", "/", "/evil/a/1", "/a/{id}", "/a/1", "/a/{id}"},
		{"rewritten path", "/api/", "/api/a/1", "/b/{id}", "/b/1", "/b/{id}"},
		{"no outer route", "", "/api/a/1", "/a/{id}", "/a/1", "/a/{id}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Join(test.outerRoute, test.outerPath, test.innerRoute, test.innerPath); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzBraces(f *testing.F) {
	for _, seed := range []string{"", "/a/:id", "/:a-:b.:c", "/*", "/*rest", "/+", "/:id<int>?", "/:id<", `/a\:b`, `/\`, "::", "*+:", "/{id}", "\xff:\xff"} {
		f.Add(seed, "/", "")
		f.Add(seed, "/-.<?:+*", "*+")
		f.Add(seed, "", "")
	}
	f.Fuzz(func(t *testing.T, route, ends, wildcards string) {
		got := Syntax{Ends: ends, Wildcards: wildcards}.Braces(route)
		if ends == "" && got != route {
			t.Errorf("%q: got %q, want it left alone: it has braces already", route, got)
		}
		if len(got) > len("{...}")*len(route) {
			t.Errorf("%q: got %q, which is %d bytes", route, got, len(got))
		}
		if !strings.ContainsAny(route, `:*+\`) && got != route {
			t.Errorf("%q: got %q from a route without parameters", route, got)
		}
	})
}
