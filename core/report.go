package core

import (
	"errors"
	"log/slog"
	"maps"
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

	mu    sync.Mutex
	kinds map[reportKind]*reportState
	// over says that the telemetry was shut down: the first of a kind is still
	// logged, but nothing is held back that nobody would wait for.
	over bool
}

// reportKind is what is counted together.
type reportKind struct {
	message string
	signal  string
	// cause tells apart why; it is not logged.
	cause string
}

type reportState struct {
	next time.Time
	// count and err are of what was not logged yet, and rest logs it when it
	// is time.
	count uint64
	err   error
	rest  *time.Timer
}

// take returns what was not logged yet and begins anew.
func (s *reportState) take() reportState {
	taken := *s
	if s.rest != nil {
		s.rest.Stop()
	}
	s.count, s.err, s.rest = 0, nil, nil
	return taken
}

// report counts n of kind, and logs them: at once, unless the last time was
// less than reportInterval ago, and then as soon as it is not. The logger runs
// outside the lock, since it may itself lead back to a full queue of log
// records.
func (r *reporter) report(kind reportKind, n uint64, err error) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	now := time.Now()
	state, ok := r.kinds[kind]
	if !ok {
		kind, state, err = r.begin(kind, now, err)
	}
	state.count += n
	if err != nil {
		state.err = err
	}
	if wait := state.next.Sub(now); wait > 0 {
		if state.rest == nil && !r.over {
			state.rest = time.AfterFunc(wait, func() { r.logRest(kind, state) })
		}
		r.mu.Unlock()
		return
	}
	state.next = now.Add(reportInterval)
	due := state.take()
	r.mu.Unlock()
	r.log(kind, due)
}

// begin makes room for a kind that is new, or returns the one for all that
// there is no room for, whose error then tells the kind.
func (r *reporter) begin(kind reportKind, now time.Time, err error) (reportKind, *reportState, error) {
	if r.kinds == nil {
		r.kinds = make(map[reportKind]*reportState)
	}
	if len(r.kinds) >= maxReports {
		maps.DeleteFunc(r.kinds, func(_ reportKind, s *reportState) bool { return s.count == 0 && !now.Before(s.next) })
	}
	if len(r.kinds) >= maxReports {
		if err == nil {
			err = errors.New(kind.message)
		}
		kind = reportKind{message: "core: other trouble with telemetry"}
	}
	state, ok := r.kinds[kind]
	if !ok {
		state = new(reportState)
		r.kinds[kind] = state
	}
	return kind, state, err
}

// logRest logs what was held back of a kind.
func (r *reporter) logRest(kind reportKind, state *reportState) {
	r.mu.Lock()
	state.next = time.Now().Add(reportInterval)
	due := state.take()
	r.mu.Unlock()
	if due.count > 0 {
		r.log(kind, due)
	}
}

// close logs what was counted and not logged yet, and holds nothing back from
// then on.
func (r *reporter) close() {
	due := make(map[reportKind]reportState)
	r.mu.Lock()
	r.over = true
	for kind, state := range r.kinds {
		if state.count > 0 {
			due[kind] = state.take()
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
	r.logger().LogAttrs(own, slog.LevelWarn, kind.message, attributes...)
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
