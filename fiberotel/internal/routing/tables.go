package routing

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Tables caches the table of each app that a middleware serves.
type Tables[A, R comparable] struct {
	// Read creates the table of an app.
	Read func(A) *Table[R]

	mu sync.Mutex // guards writes to tables
	// tables is replaced and never modified, so that reading needs no lock.
	tables atomic.Pointer[map[A]*Table[R]]
}

// Find returns an app's table and the position of a route. If the table does
// not have the route, it was added while the app served, and the table is read
// again.
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
		// Stored as a middleware, so that the table is not read again for it.
		table.places[key[R]{method, route}] = place
	}
	t.store(app, table)
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
		t.store(app, table)
	}
	return table
}

func (t *Tables[A, R]) load(app A) *Table[R] {
	if known := t.tables.Load(); known != nil {
		return (*known)[app]
	}
	return nil
}

// store adds a table. The caller holds mu.
func (t *Tables[A, R]) store(app A, table *Table[R]) {
	tables := make(map[A]*Table[R])
	if known := t.tables.Load(); known != nil {
		maps.Copy(tables, *known)
	}
	tables[app] = table
	t.tables.Store(&tables)
}

func (t *Tables[A, R]) find(app A, method string, route R) (*Table[R], Place, bool) {
	table := t.load(app)
	if table == nil {
		return nil, Place{}, false
	}
	place, ok := table.Find(method, route)
	return table, place, ok
}
