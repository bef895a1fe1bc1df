package selflog

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// Interval is the minimum time between two messages of the same kind.
const Interval = time.Minute

// maxKinds limits the number of kinds that a reporter distinguishes. Reports of all
// further kinds are counted as a single kind.
const maxKinds = 64

// Reporter logs losses and other errors of telemetry. It logs each kind at most once a
// minute, with a count of events since the last message.
type Reporter struct {
	logger func() *slog.Logger

	mu sync.Mutex
	// kinds has the state of each kind that was reported recently.
	kinds map[Kind]*kindState
	// closed is set at the shutdown. No timer is started after that: a deferred report is
	// logged only together with a later report of its kind.
	closed bool
}

// NewReporter returns a reporter. It calls logger for each message, so that the logger
// may change.
func NewReporter(logger func() *slog.Logger) *Reporter { return &Reporter{logger: logger} }

// Kind identifies the reports that are counted together.
type Kind struct {
	Message string
	Signal  string
	// Exporter is the name of the exporter, or empty for the first exporter of the
	// signal.
	Exporter string
	// Cause distinguishes kinds with the same message but different causes. It is not
	// logged.
	Cause string
}

// kindState is the state of the reports of one kind.
type kindState struct {
	// nextReport is the earliest time of the next message.
	nextReport time.Time
	// count is the number of events that are not yet logged.
	count uint64
	// err is the last error of these events, or nil.
	err error
	// timer logs these events. It is nil if they are not to be logged later.
	timer *time.Timer
}

// takePending returns a copy of s with the events that are not yet logged, and removes
// these events from s.
func (s *kindState) takePending() kindState {
	pending := *s
	if s.timer != nil {
		s.timer.Stop()
	}
	s.count, s.err, s.timer = 0, nil, nil
	return pending
}

// Report counts n for kind. If the last message of the kind is older than Interval,
// Report logs the count at once. Otherwise a timer logs it as soon as Interval has
// passed. Report calls the logger without holding the lock, since the logger may itself
// report that the queue of log records is full.
func (r *Reporter) Report(kind Kind, n uint64, err error) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	now := time.Now()
	state, ok := r.kinds[kind]
	if !ok {
		kind, state, err = r.addKind(kind, now, err)
	}
	state.count += n
	if err != nil {
		state.err = err
	}
	if wait := state.nextReport.Sub(now); wait > 0 {
		if state.timer == nil && !r.closed {
			state.timer = time.AfterFunc(wait, func() { r.logDeferred(kind, state) })
		}
		r.mu.Unlock()
		return
	}
	state.nextReport = now.Add(Interval)
	pending := state.takePending()
	r.mu.Unlock()
	r.log(kind, pending)
}

// addKind adds a kind and returns its state. If there are too many kinds, addKind returns
// the shared kind with its state, and an error that names the original kind.
func (r *Reporter) addKind(kind Kind, now time.Time, err error) (Kind, *kindState, error) {
	if r.kinds == nil {
		r.kinds = make(map[Kind]*kindState)
	}
	if len(r.kinds) >= maxKinds {
		maps.DeleteFunc(r.kinds, func(_ Kind, s *kindState) bool { return s.count == 0 && !now.Before(s.nextReport) })
	}
	if len(r.kinds) >= maxKinds {
		if err == nil {
			err = errors.New(kind.Message)
		}
		kind = Kind{Message: "core: other telemetry errors"}
	}
	state, ok := r.kinds[kind]
	if !ok {
		state = new(kindState)
		r.kinds[kind] = state
	}
	return kind, state, err
}

// logDeferred logs the reports of a kind that were deferred.
func (r *Reporter) logDeferred(kind Kind, state *kindState) {
	r.mu.Lock()
	state.nextReport = time.Now().Add(Interval)
	pending := state.takePending()
	r.mu.Unlock()
	if pending.count > 0 {
		r.log(kind, pending)
	}
}

// Close logs all deferred reports. After Close, no timer logs a deferred report; it is
// logged only together with a later report of its kind.
func (r *Reporter) Close() {
	pending := make(map[Kind]kindState)
	r.mu.Lock()
	r.closed = true
	for kind, state := range r.kinds {
		if state.count > 0 {
			pending[kind] = state.takePending()
		}
	}
	r.mu.Unlock()
	for kind, state := range pending {
		r.log(kind, state)
	}
}

// log writes one message about the events in state.
func (r *Reporter) log(kind Kind, state kindState) {
	attributes := []slog.Attr{slog.Uint64("count", state.count)}
	if kind.Signal != "" {
		attributes = append(attributes, slog.String("signal", kind.Signal))
	}
	if kind.Exporter != "" {
		attributes = append(attributes, slog.String("exporter", kind.Exporter))
	}
	if state.err != nil {
		attributes = append(attributes, slog.Any("error", state.err))
	}
	r.logger().LogAttrs(Context, slog.LevelWarn, kind.Message, attributes...)
}

// countedError marks an error of an export that was already counted and logged. The SDK
// passes every such error to the global error handler, which ignores it because of the
// mark.
type countedError struct{ error }

// Reported marks err as already counted and logged.
func Reported(err error) error { return countedError{err} }

func (e countedError) Unwrap() error { return e.error }

// Handle implements OpenTelemetry's global error handler.
func (r *Reporter) Handle(err error) {
	var counted countedError
	if err == nil || errors.As(err, &counted) {
		return
	}
	// Package fmt recovers the panic of an error that holds a nil pointer.
	r.Report(Kind{Message: fmt.Sprintf("opentelemetry: %v", err)}, 1, nil)
}
