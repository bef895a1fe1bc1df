package probe

import "testing"

// TestSameRouteIgnoresTypesOfParameters checks that a route matches the route in the contract,
// whatever type its parameters have. A framework writes the same parameter as <code> and
// <int:code>, and a handler for numbers has the latter.
func TestSameRouteIgnoresTypesOfParameters(t *testing.T) {
	for _, test := range []struct {
		got, want any
		same      bool
	}{
		{"/status/{code}", "/status/{code}", true},
		{"/status/<int:code>", "/status/<code>", true},
		{"status/<int:code>", "status/<str:code>", true},
		{"/status/{code:int}", "/status/{code}", true},
		{"/status/{code:[0-9]{3}}", "/status/{code}", true},
		{`/status/:code(\d+)`, "/status/:code", true},
		{`GET /status/:code(\d{3})`, "GET /status/:code", true},
		{`^status/(?P<code>[0-9]+)$`, `^status/(?P<code>[^/]+)$`, true},
		{"/status/:code(.:format)", "/status/:code(.:format)", true},
		{nil, nil, true},
		{"/status/202", "/status/{code}", false},
		{"/status/{id:int}", "/status/{code}", false},
		{"/status/{code}", "/status/:code", false},
		{"/status/:code", "/status/:code(.:format)", false},
		{"/files/{path}", "/files/{path...}", false},
		{"/status", "/status/{code}", false},
		{"", nil, false},
		{nil, "/status/{code}", false},
	} {
		p := new(Probe)
		p.SameRoute("route", test.got, test.want)
		if (len(p.problems) == 0) != test.same {
			t.Errorf("got %v, want %v: got the problems %v, want none: %v", test.got, test.want, p.problems, test.same)
		}
	}
}
