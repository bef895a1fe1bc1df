package exporterror

import (
	"context"
	"sync"
)

// Attempts remembers why the last attempt of an export has failed. The exporters
// try until the time is over, and when it ends an attempt rather than the pause
// after one, that is all that they say. The zero Attempts is ready to use.
type Attempts struct {
	mu   sync.Mutex
	last error
}

// Begin forgets the attempts of the export before.
func (a *Attempts) Begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = nil
}

// Failed keeps why an attempt has failed, unless the export itself, whose context
// is ctx, was over.
func (a *Attempts) Failed(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = err
}

func (a *Attempts) reason() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}
