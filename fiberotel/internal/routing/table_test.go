package routing_test

import (
	"testing"

	"github.com/samespan/samespan/fiberotel/internal/routing"
)

// newRoute returns a route for GET with one handler. It has a different description for each
// key.
func newRoute(key int, path string) routing.Route[int] {
	return routing.Route[int]{Key: key, Description: routing.Description{Method: "GET", Path: path, First: key, Handlers: 1}}
}

// newTable returns a table with three routes: a middleware (key 1), an endpoint (key 2) and
// another middleware (key 3).
func newTable() *routing.Table[int] {
	first, items, last := newRoute(1, "/"), newRoute(2, "/Items/:id?"), newRoute(3, "/")
	return routing.New([]string{"GET"}, [][]routing.Route[int]{{first, items, last}}, []routing.Description{items.Description}, true)
}

func TestTableDistinguishesEndpoints(t *testing.T) {
	for key, want := range map[int]bool{1: false, 2: true, 3: false} {
		if place, ok := newTable().Find("GET", key); !ok || place.Endpoint != want {
			t.Errorf("route %d: got %+v, %v, want endpoint %v", key, place, ok, want)
		}
	}
	if count, ok := newTable().Middlewares("GET", "/"); count != 2 || !ok {
		t.Errorf("got %d, %v middlewares at /, want 2", count, ok)
	}
}

func TestPassedReturnsEarlierEndpoint(t *testing.T) {
	matchAll := func(string, string) bool { return true }
	tests := []struct {
		name, path string
		key        int
		matches    func(string, string) bool
		want       string
	}{
		{"endpoint before the middleware", "/items/1", 3, matchAll, "/Items/:id?"},
		{"path without the optional parameter", "/items", 3, matchAll, "/Items/:id?"},
		{"another path", "/other", 3, matchAll, ""},
		{"pattern does not match", "/items/1", 3, func(string, string) bool { return false }, ""},
		{"endpoint after the middleware", "/items/1", 1, matchAll, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table := newTable()
			place, _ := table.Find("GET", test.key)
			if got := table.Passed("GET", test.path, place, test.matches); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestTablesAreReadAgainForNewRoutes proves that Find calls Read once for each route that the
// app has added, and once for a route that the app does not have, such as key 9 below.
func TestTablesAreReadAgainForNewRoutes(t *testing.T) {
	reads := 0
	var tables routing.Tables[string, int]
	tables.Read = func(string) *routing.Table[int] {
		reads++
		routes := make([]routing.Route[int], reads)
		for i := range routes {
			routes[i] = newRoute(i+1, "/")
		}
		return routing.New([]string{"GET"}, [][]routing.Route[int]{routes}, nil, true)
	}
	for _, step := range []struct{ key, reads int }{{1, 1}, {1, 1}, {2, 2}, {1, 2}, {9, 3}, {9, 3}} {
		tables.Find("app", "GET", step.key)
		if reads != step.reads {
			t.Fatalf("route %d: read %d times, want %d", step.key, reads, step.reads)
		}
	}
}
