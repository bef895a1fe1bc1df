package routing

import "sync"

// Tables caches the table of each app in which a middleware is registered.
type Tables[A, R comparable] struct {
	// Read returns a new table of an app.
	Read func(A) *Table[R]

	// mu is locked while Read runs.
	mu sync.Mutex
	// tables maps each app to its *Table[R]. A table in the map is never modified.
	tables sync.Map
}

// Find returns an app's table and the position of a route. If the table does not contain
// the route, Find calls Read again, since the app may have added the route while it served.
func (t *Tables[A, R]) Find(app A, method string, route R) (*Table[R], Place) {
	if table, place, ok := t.find(app, method, route); ok {
		return table, place
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if table, place, ok := t.find(app, method, route); ok {
		return table, place
	}
	table := t.Read(app)
	place, ok := table.Find(method, route)
	if !ok {
		// Store the unknown route as a middleware. Otherwise, Find would call Read for each
		// request that has this route.
		table.places[key[R]{method, route}] = place
	}
	t.tables.Store(app, table)
	return table, place
}

// Of returns the table of an app.
func (t *Tables[A, R]) Of(app A) *Table[R] {
	if table := t.load(app); table != nil {
		return table
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.load(app)
	if table == nil {
		table = t.Read(app)
		t.tables.Store(app, table)
	}
	return table
}

// load returns the cached table of app, or nil if Read was not called yet.
func (t *Tables[A, R]) load(app A) *Table[R] {
	table, _ := t.tables.Load(app)
	typed, _ := table.(*Table[R])
	return typed
}

// find is like Find, but never calls Read. It returns false if the cached table does not
// contain the route.
func (t *Tables[A, R]) find(app A, method string, route R) (*Table[R], Place, bool) {
	table := t.load(app)
	if table == nil {
		return nil, Place{}, false
	}
	place, ok := table.Find(method, route)
	return table, place, ok
}
