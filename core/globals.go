package core

import (
	"errors"
	"sync/atomic"
)

// ErrRunning is a Setup while the telemetry of another one is registered as
// OpenTelemetry's globals: the two would mix.
var ErrRunning = errors.New("Setup: the telemetry of another Setup is running, want its Shutdown first, or WithoutGlobals")

// globals holds the Telemetry that is registered as OpenTelemetry's globals.
var globals registration

type registration struct{ holder atomic.Pointer[Telemetry] }

// claim reports whether t may register itself, which no other may until release.
func (r *registration) claim(t *Telemetry) bool { return r.holder.CompareAndSwap(nil, t) }

// release lets another one register itself, if t is registered.
func (r *registration) release(t *Telemetry) { r.holder.CompareAndSwap(t, nil) }
