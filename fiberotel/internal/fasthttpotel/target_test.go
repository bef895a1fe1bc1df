package fasthttpotel

import (
	"testing"

	"github.com/valyala/fasthttp"
)

func TestTargetOf(t *testing.T) {
	tests := []struct{ uri, authority, path, query string }{
		{"/a/b?x=1", "host:1", "/a/b", "x=1"},
		{"/a?x=http://other/?y#z", "host:1", "/a", "x=http://other/?y"},
		{"/a#?x", "host:1", "/a", ""},
		{"*", "host:1", "*", ""},
		{"foo", "host:1", "foo", ""},
		{"foo?u=http://other/", "host:1", "foo", "u=http://other/"},
		{"//other/a", "host:1", "//other/a", ""},
		{"http://other.example:8080/a?x=1", "other.example:8080", "/a", "x=1"},
		{"HTTPS://user:secret@other.example/a", "other.example", "/a", ""},
		{"http://other.example", "other.example", "/", ""},
		{"http://other.example?x=1", "other.example", "", "x=1"},
		{"http://[::1]:80/a", "[::1]:80", "/a", ""},
		{"http:///a", "host:1", "/a", ""},
		{"://other/a", "host:1", "://other/a", ""},
		{"", "host:1", "/", ""},
	}
	for _, test := range tests {
		var header fasthttp.RequestHeader
		header.SetRequestURI(test.uri)
		header.SetHost("host:1")
		got := targetOf(&header)
		if string(got.authority) != test.authority || string(got.path) != test.path || string(got.query) != test.query {
			t.Errorf("%q: got authority %q, path %q, query %q, want %q, %q, %q",
				test.uri, got.authority, got.path, got.query, test.authority, test.path, test.query)
		}
	}
}
