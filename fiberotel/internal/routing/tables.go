package routing

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Tables keeps the table of each app A that a middleware serves.
type Tables[A, R comparable] struct {
	// Read makes an app's table anew.
	Read func(A) *Table[R]

	mu sync.Mutex // held to change tables
	// tables is replaced, never changed, so that reading it takes no lock.
	tables atomic.Pointer[map[A]*Table[R]]
}

// Find returns an app's table and the place of a route in it. An app may get
// routes while it serves: its table is read again for a route that it does not
// have.
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
		// Kept as a middleware, so that the table is not read for it again.
		table.places[key[R]{method, route}] = place
	}
	t.store(app, table)
	return table, place
}

// Of returns an app's table.
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

// store is called with mu held.
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
