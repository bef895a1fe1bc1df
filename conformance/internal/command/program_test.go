package command

import "testing"

func TestTemplates(t *testing.T) {
	const parameter, wildcard = "/a/{item_id}/b/{user_id}", "/files/{filepath...}"
	tests := []struct{ routes, wildcards, parameter, wildcard string }{
		{"/process/{item_id}", "", parameter, wildcard},
		{"/process/:item_id", "", "/a/:item_id/b/:user_id", "/files/:filepath"},
		{"/process/<item_id>", "", "/a/<item_id>/b/<user_id>", "/files/<filepath>"},
		{"/process/:item_id", "/files/*path", "/a/:item_id/b/:user_id", "/files/*filepath"},
		{"/process/:item_id", "/files/*", "/a/:item_id/b/:user_id", "/files/*"},
		{"/process/<item_id>", "/files/<path:path>", "/a/<item_id>/b/<user_id>", "/files/<path:filepath>"},
	}
	for _, test := range tests {
		p := Program{routes: test.routes, wildcards: test.wildcards}
		if got := p.template(parameter); got != test.parameter {
			t.Errorf("%+v: got %q, want %q", test, got, test.parameter)
		}
		if got := p.template(wildcard); got != test.wildcard {
			t.Errorf("%+v: got %q, want %q", test, got, test.wildcard)
		}
	}
}
