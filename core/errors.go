package core

import (
	"errors"
	"fmt"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/plural"
	"github.com/samespan/samespan/internal/env"
)

// The errors of [Telemetry.Serve], [Telemetry.Shutdown] and
// [Telemetry.ForceFlush] match these with [errors.Is]. Where a time is over they
// match [context.DeadlineExceeded] too.
var (
	// ErrLost is telemetry that was lost. [errors.As] finds the counts, a
	// [*LossError] for each signal.
	ErrLost = errors.New("telemetry was lost")
	// ErrGracePeriod is a grace period that was too short for the requests or
	// tasks in progress (see [WithGracePeriod]).
	ErrGracePeriod = exporterror.ErrGracePeriod
	// ErrSecondSignal is a second signal, which ended all waiting at once.
	ErrSecondSignal = exporterror.ErrSecondSignal
)

// ErrRunning is a Setup while the telemetry of another one is registered as
// OpenTelemetry's globals: the two would mix.
var ErrRunning = errors.New("Setup: the telemetry of another Setup is running, want its Shutdown first, or WithoutGlobals")

// LossError counts what was lost of one signal. It matches [ErrLost].
type LossError struct {
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// Failed are the spans, exports of metrics or log records whose export
	// failed, and Dropped those that never reached the exporter.
	Failed, Dropped uint64
	// Exporter is the one of several that lost it, empty for the signal's first.
	Exporter string
	// Total is what was lost since Setup.
	Total uint64
	// Err is why, nil if it is not known.
	Err error

	item string
	// over is the time that was over, nil if it was not.
	over error
}

// Error says how much was lost and why.
func (e *LossError) Error() string {
	lost := e.Failed + e.Dropped
	detail := ""
	if e.Total > lost {
		detail = fmt.Sprintf(", %d since the start", e.Total)
	}
	signal := e.Signal
	if e.Exporter != "" {
		signal += " by " + e.Exporter
	}
	text := fmt.Sprintf("%s: %s lost (%d failed, %d dropped%s)", signal, plural.Count(lost, e.item), e.Failed, e.Dropped, detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is reports whether target is [ErrLost], or about a time that was over.
func (e *LossError) Is(target error) bool {
	return target == ErrLost || errors.Is(e.over, target)
}

// Unwrap returns why it was lost.
func (e *LossError) Unwrap() error { return e.Err }

// problemOf returns the error of a flush or shutdown of a signal.
func problemOf(lost *account.Loss, err error) error {
	if lost == nil {
		return err
	}
	return &LossError{Signal: lost.Signal, Exporter: lost.Exporter, Failed: lost.Failed, Dropped: lost.Dropped, Total: lost.Total, Err: lost.Err, item: lost.Item, over: lost.Over}
}

// SettingError is a variable, an option or a key of a configuration file that
// [Setup] cannot use. The error of Setup joins one for each: [errors.As] finds
// the first, and an Unwrap() []error of the whole all of them. What is wrong with
// a file can be told from it with [errors.Is], such as [io/fs.ErrNotExist].
type SettingError struct {
	// Setting is the variable, such as OTEL_TRACES_EXPORTER, the option, such as
	// WithServiceName, the field of [httpserver.Config], such as
	// Config.TrustedProxies, or the file with the key. It is empty for a file as a
	// whole.
	Setting string
	// Value is what the setting has. It is empty where that is a credential.
	Value string
	// Err says what is wrong, and what would be right.
	Err error
}

// Error names the setting and its value, and says what would be right.
func (e *SettingError) Error() string { return "core: " + e.Err.Error() }

// Unwrap returns Err.
func (e *SettingError) Unwrap() error { return e.Err }

// settingErrors returns a [SettingError] for each part of problem, which may be
// nil.
func settingErrors(problem error) (all []error) {
	if problem == nil {
		return nil
	}
	if joined, ok := problem.(interface{ Unwrap() []error }); ok {
		for _, part := range joined.Unwrap() {
			all = append(all, settingErrors(part)...)
		}
		return all
	}
	if told, ok := problem.(*SettingError); ok { //nolint:errorlint // one that is wrapped keeps its wrapper's text
		return []error{told}
	}
	e := &SettingError{Err: problem}
	var (
		variable *env.Invalid
		option   *optionError
		engine   *httpserver.SettingError
	)
	switch {
	case errors.As(problem, &option):
		e.Setting, e.Value = option.option, option.value
	case errors.As(problem, &engine):
		e.Setting, e.Value = engine.Setting, engine.Value
	case errors.As(problem, &variable):
		e.Setting, e.Value = variable.Name, variable.Value
	}
	return []error{e}
}

// optionError is what is wrong with an option.
type optionError struct{ option, value, text string }

func (e *optionError) Error() string { return e.text }
