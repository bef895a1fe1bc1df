package exporterror

import (
	"context"
	"sync"
)

// Attempts stores why the last attempt of an export failed. The exporters retry until the
// time limit. If the limit is reached during an attempt, their error says only that. The
// zero Attempts is ready to use.
type Attempts struct {
	mu  sync.Mutex
	err error
}

// Begin discards the error of the previous export.
func (a *Attempts) Begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = nil
}

// Failed records why an attempt failed. If ctx, the context of the whole export, has
// ended, it records nothing.
func (a *Attempts) Failed(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

func (a *Attempts) reason() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}
