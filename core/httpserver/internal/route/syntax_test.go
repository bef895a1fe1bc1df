package route

import (
	"testing"
)

func TestBraces(t *testing.T) {
	var (
		gin     = Syntax{Ends: "/"}
		fiber   = Syntax{Ends: `/-.:?<\`, Wildcards: "*+"}
		nethttp = Syntax{}
	)
	tests := []struct {
		syntax      Syntax
		route, want string
	}{
		{gin, "/", "/"},
		{gin, "/process/:item_id", "/process/{item_id}"},
		{gin, "/a/:b.c/:d-e", "/a/{b.c}/{d-e}"},
		{gin, "/files/*filepath", "/files/{filepath...}"},
		{gin, "/files*", "/files{...}"},
		{gin, "/c++/:id", "/c++/{id}"},
		{gin, `/v1/name\:verb`, "/v1/name:verb"},
		{fiber, "/process/:item_id", "/process/{item_id}"},
		{fiber, "/flights/:from-:to", "/flights/{from}-{to}"},
		{fiber, "/plant/:genus.:species", "/plant/{genus}.{species}"},
		{fiber, "/sign:param", "/sign{param}"},
		{fiber, "/:param:param2", "/{param}{param2}"},
		{fiber, "/shop/color::color/size::size", "/shop/color:{color}/size:{size}"},
		{fiber, "/::id", "/:{id}"},
		{fiber, "/:a::b", "/{a}{}{b}"}, // Fiber v3 takes the second colon for a parameter without a name
		{fiber, "/c++/:id", "/c+{...}/{id}"},
		{fiber, "/a:*", "/a:{...}"},
		{fiber, "/a*:b", "/a{...}{b}"},
		{fiber, "/a***b", "/a{...}{...}{...}b"},
		{fiber, "/user/:id?", "/user/{id}"},
		{fiber, "/user/:id?/posts", "/user/{id}/posts"},
		{fiber, "/user/:id<int>", "/user/{id}"},
		{fiber, "/user/:id<int;max(100)>?/posts", "/user/{id}/posts"},
		{fiber, `/day/:date<regex(\d{4}-\d{2}/x)>/end`, "/day/{date}/end"},
		{fiber, "/user/:id<", "/user/{id}<"},
		{fiber, "/user/+", "/user/{...}"},
		{fiber, "/user/*", "/user/{...}"},
		{fiber, "/shop/product/*pre/*", "/shop/product/{...}pre/{...}"},
		{fiber, `/v1/name\:verb`, "/v1/name:verb"},
		{fiber, `/end\`, `/end\`},
		{nethttp, "/process/{item_id}", "/process/{item_id}"},
		{nethttp, "/a:b/*", "/a:b/*"},
	}
	for _, test := range tests {
		if got := test.syntax.Braces(test.route); got != test.want {
			t.Errorf("braces(%q, ends %q) = %q, want %q", test.route, test.syntax.Ends, got, test.want)
		}
	}
}
