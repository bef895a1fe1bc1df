package exporterror

import (
	"context"
	"sync"
)

// Attempts stores why the last attempt of an export failed. An exporter retries until its
// time limit. If it reaches the limit during an attempt, its error does not contain the
// reason why earlier attempts failed. The zero Attempts is ready to use.
type Attempts struct {
	mu      sync.Mutex
	lastErr error
}

// Begin discards the error of the previous export.
func (a *Attempts) Begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastErr = nil
}

// Failed records why an attempt failed. If ctx, the context of the whole export, has
// ended, it records nothing.
func (a *Attempts) Failed(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastErr = err
}

// lastError returns the error of the last failed attempt, or nil.
func (a *Attempts) lastError() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lastErr
}
