package routing

import "sync"

// Tables caches the routing table of each app that a middleware serves.
type Tables[A, R comparable] struct {
	// Read creates the table of an app.
	Read func(A) *Table[R]

	// mu is held while a table is read from its app.
	mu sync.Mutex
	// tables maps each app to its *Table[R]. A table in the map is never modified.
	tables sync.Map
}

// Find returns an app's table and the position of a route. If the table does not contain
// the route, the route was added while the app served, and the table is read again.
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
		// The route is stored as a middleware, so that the table is not read again for
		// it.
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

func (t *Tables[A, R]) load(app A) *Table[R] {
	table, _ := t.tables.Load(app)
	known, _ := table.(*Table[R])
	return known
}

func (t *Tables[A, R]) find(app A, method string, route R) (*Table[R], Place, bool) {
	table := t.load(app)
	if table == nil {
		return nil, Place{}, false
	}
	place, ok := table.Find(method, route)
	return table, place, ok
}
