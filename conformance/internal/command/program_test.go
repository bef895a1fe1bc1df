package command

import (
	"strings"
	"testing"
)

func TestTemplateUsesFormOfExamples(t *testing.T) {
	const parameter, wildcard = "/a/{item_id}/b/{user_id}", "/files/{filepath...}"
	tests := []struct{ routes, wildcards, parameter, wildcard string }{
		{"/process/{item_id}", "", parameter, wildcard},
		{"/process/:item_id", "", "/a/:item_id/b/:user_id", "/files/:filepath"},
		{"/process/<item_id>", "", "/a/<item_id>/b/<user_id>", "/files/<filepath>"},
		{"/process/:item_id", "/files/*path", "/a/:item_id/b/:user_id", "/files/*filepath"},
		{"/process/:item_id", "/files/*", "/a/:item_id/b/:user_id", "/files/*"},
		{"/process/<item_id>", "/files/<path:path>", "/a/<item_id>/b/<user_id>", "/files/<path:filepath>"},
		{"process/{item_id}", "files/{path}", "a/{item_id}/b/{user_id}", "files/{filepath}"},
		{"process/<str:item_id>", "files/<path:path>", "a/<str:item_id>/b/<str:user_id>", "files/<path:filepath>"},
		{"/process/:item_id(.:format)", "/files/*path(.:format)", "/a/:item_id/b/:user_id(.:format)", "/files/*filepath(.:format)"},
		{"/process/{item_id: [^/]+}", "", "/a/{item_id: [^/]+}/b/{user_id: [^/]+}", "/files/{filepath: [^/]+}"},
		{"^process/(?P<item_id>[^/]+)$", "", "^a/(?P<item_id>[^/]+)/b/(?P<user_id>[^/]+)$", "^files/(?P<filepath>[^/]+)$"},
		{"none", "", "", ""},
	}
	for _, test := range tests {
		p := Program{parameterRoute: test.routes, wildcardRoute: test.wildcards}
		if err := p.validateRoutes(); err != nil {
			t.Errorf("%+v: %v", test, err)
		}
		write := p.template()
		if got := write(parameter); got != test.parameter {
			t.Errorf("%+v: got %q, want %q", test, got, test.parameter)
		}
		if got := write(wildcard); got != test.wildcard {
			t.Errorf("%+v: got %q, want %q", test, got, test.wildcard)
		}
	}
}

func TestInvalidRoutesAreErrors(t *testing.T) {
	for routes, want := range map[string]string{
		"":                  "want /process/{item_id} in the syntax of the framework",
		"/orders/{item_id}": "want /process/{item_id} in the syntax of the framework",
		"/process/{item_id": "want a } after item_id",
	} {
		p := Program{parameterRoute: routes}
		if err := p.validateRoutes(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", routes, err, want)
		}
	}
	p := Program{parameterRoute: "/process/:item_id", wildcardRoute: "/static/*"}
	if err := p.validateRoutes(); err == nil || !strings.Contains(err.Error(), "want a route such as /files/*path") {
		t.Errorf("got %v, want an error about the wildcard", err)
	}
}
