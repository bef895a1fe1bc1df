package core

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// reportInterval is how often the same kind of trouble is logged at most.
const reportInterval = time.Minute

// maxReports bounds the kinds that a reporter tells apart; the rest share one.
const maxReports = 64

// reporter logs trouble with telemetry, each kind at most once a minute and
// with a count of what happened since the last time.
type reporter struct {
	logger func() *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	kinds map[reportKind]*reportState
}

// reportKind is what is counted together.
type reportKind struct {
	message string
	signal  string
}

type reportState struct {
	next  time.Time
	count uint64
	err   error
}

// report counts n of kind, and logs them unless the last time was less than
// reportInterval ago. The logger runs outside the lock, since it may itself
// lead back to a full queue of log records.
func (r *reporter) report(kind reportKind, n uint64, err error) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	state, ok := r.kinds[kind]
	if !ok {
		if r.kinds == nil {
			r.kinds = make(map[reportKind]*reportState)
		}
		if len(r.kinds) >= maxReports {
			kind = reportKind{message: "core: other trouble with telemetry"}
			state = r.kinds[kind]
		}
		if state == nil {
			state = new(reportState)
			r.kinds[kind] = state
		}
	}
	state.count += n
	if err != nil {
		state.err = err
	}
	now := r.now()
	if now.Before(state.next) {
		r.mu.Unlock()
		return
	}
	due := *state
	*state = reportState{next: now.Add(reportInterval)}
	r.mu.Unlock()
	r.log(kind, due)
}

// flush logs what was counted and not logged yet.
func (r *reporter) flush() {
	due := make(map[reportKind]reportState)
	r.mu.Lock()
	for kind, state := range r.kinds {
		if state.count > 0 {
			due[kind] = *state
			state.count, state.err = 0, nil
		}
	}
	r.mu.Unlock()
	for kind, state := range due {
		r.log(kind, state)
	}
}

func (r *reporter) log(kind reportKind, state reportState) {
	attributes := []slog.Attr{slog.Uint64("count", state.count)}
	if kind.signal != "" {
		attributes = append(attributes, slog.String("signal", kind.signal))
	}
	if state.err != nil {
		attributes = append(attributes, slog.Any("error", state.err))
	}
	r.logger().LogAttrs(context.Background(), slog.LevelWarn, kind.message, attributes...)
}

// reportedError is an export's error that has been counted already. The SDK
// hands it to the global error handler, which leaves it alone.
type reportedError struct{ error }

func (e reportedError) Unwrap() error { return e.error }

// Handle is OpenTelemetry's global error handler.
func (r *reporter) Handle(err error) {
	var reported reportedError
	if err == nil || errors.As(err, &reported) {
		return
	}
	r.report(reportKind{message: "opentelemetry: " + err.Error()}, 1, nil)
}
