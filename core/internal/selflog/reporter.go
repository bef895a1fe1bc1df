package selflog

import (
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// Interval is how often the same kind of trouble is logged at most.
const Interval = time.Minute

// maxReports bounds the kinds that a reporter tells apart; the rest share one.
const maxReports = 64

// Reporter logs trouble with telemetry, each kind at most once a minute and
// with a count of what happened since the last time.
type Reporter struct {
	logger func() *slog.Logger

	mu    sync.Mutex
	kinds map[Kind]*kindState
	// over says that the telemetry was shut down: the first of a kind is still
	// logged, but nothing is held back that nobody would wait for.
	over bool
}

// NewReporter returns a reporter that logs to what logger returns at the time.
func NewReporter(logger func() *slog.Logger) *Reporter { return &Reporter{logger: logger} }

// Kind is what is counted together.
type Kind struct {
	Message string
	Signal  string
	// Exporter is the one that it is about, empty for the signal's first.
	Exporter string
	// Cause tells apart why; it is not logged.
	Cause string
}

type kindState struct {
	next time.Time
	// count and err are of what was not logged yet, and rest logs it when it
	// is time.
	count uint64
	err   error
	rest  *time.Timer
}

// take returns what was not logged yet and begins anew.
func (s *kindState) take() kindState {
	taken := *s
	if s.rest != nil {
		s.rest.Stop()
	}
	s.count, s.err, s.rest = 0, nil, nil
	return taken
}

// Report counts n of kind, and logs them: at once, unless the last time was
// less than reportInterval ago, and then as soon as it is not. The logger runs
// outside the lock, since it may itself lead back to a full queue of log
// records.
func (r *Reporter) Report(kind Kind, n uint64, err error) {
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
	state.next = now.Add(Interval)
	due := state.take()
	r.mu.Unlock()
	r.log(kind, due)
}

// begin makes room for a kind that is new, or returns the one for all that
// there is no room for, whose error then tells the kind.
func (r *Reporter) begin(kind Kind, now time.Time, err error) (Kind, *kindState, error) {
	if r.kinds == nil {
		r.kinds = make(map[Kind]*kindState)
	}
	if len(r.kinds) >= maxReports {
		maps.DeleteFunc(r.kinds, func(_ Kind, s *kindState) bool { return s.count == 0 && !now.Before(s.next) })
	}
	if len(r.kinds) >= maxReports {
		if err == nil {
			err = errors.New(kind.Message)
		}
		kind = Kind{Message: "core: other trouble with telemetry"}
	}
	state, ok := r.kinds[kind]
	if !ok {
		state = new(kindState)
		r.kinds[kind] = state
	}
	return kind, state, err
}

// logRest logs what was held back of a kind.
func (r *Reporter) logRest(kind Kind, state *kindState) {
	r.mu.Lock()
	state.next = time.Now().Add(Interval)
	due := state.take()
	r.mu.Unlock()
	if due.count > 0 {
		r.log(kind, due)
	}
}

// Close logs what was counted and not logged yet, and holds nothing back from
// then on.
func (r *Reporter) Close() {
	due := make(map[Kind]kindState)
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

// countedError is an export's error that has been counted already. The SDK
// hands it to the global error handler, which leaves it alone.
type countedError struct{ error }

// Reported returns err as one that has been counted.
func Reported(err error) error { return countedError{err} }

func (e countedError) Unwrap() error { return e.error }

// Handle is OpenTelemetry's global error handler.
func (r *Reporter) Handle(err error) {
	var counted countedError
	if err == nil || errors.As(err, &counted) {
		return
	}
	r.Report(Kind{Message: "opentelemetry: " + err.Error()}, 1, nil)
}
