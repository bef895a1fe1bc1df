package core

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/plural"
	"github.com/samespan/samespan/internal/env"
)

// [Telemetry.Serve], [Telemetry.Shutdown] and [Telemetry.ForceFlush] return errors that
// match the following errors with [errors.Is]. If a time limit was exceeded, a returned
// error also matches [context.DeadlineExceeded].
var (
	// ErrLost means that telemetry was lost. [errors.As] finds the counts, a
	// [*LossError] for each signal.
	ErrLost = errors.New("telemetry was lost")
	// ErrGracePeriod means that the grace period was too short for the requests
	// or tasks in progress (see [WithGracePeriod]).
	ErrGracePeriod = exporterror.ErrGracePeriod
	// ErrSecondSignal means that the shutdown was cut short by a second signal.
	ErrSecondSignal = exporterror.ErrSecondSignal
)

// ErrRunning is returned by Setup while the telemetry of another Setup is
// registered as OpenTelemetry's globals.
var ErrRunning = errors.New("Setup: the telemetry of another Setup is still running: call its Shutdown first, or use WithoutGlobals")

// LossError counts the telemetry of one signal that was lost. It matches
// [ErrLost].
type LossError struct {
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// Failed counts spans, metric exports or log records whose export failed;
	// Dropped counts those that never reached the exporter.
	Failed, Dropped uint64
	// Exporter is the name of the exporter that lost the telemetry, or empty for the
	// first exporter of the signal.
	Exporter string
	// Total is the number lost since Setup.
	Total uint64
	// Err is the reason, or nil if it is not known.
	Err error

	// item is the name of a lost item, such as "span".
	item string
	// timeLimitErr is the error of the time limit that was exceeded, or nil.
	timeLimitErr error
}

// Error says how much was lost, and why.
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
	text := fmt.Sprintf("%s: %s lost (%d failed, %d dropped%s)", signal, plural.Count(lost, cmp.Or(e.item, "item")), e.Failed, e.Dropped, detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is reports whether target is [ErrLost], or matches the exceeded time limit.
func (e *LossError) Is(target error) bool {
	return target == ErrLost || errors.Is(e.timeLimitErr, target)
}

// Unwrap returns the reason.
func (e *LossError) Unwrap() error { return e.Err }

// lossError returns lost as a [*LossError], or err if nothing was lost.
func lossError(lost *account.Loss, err error) error {
	if lost == nil {
		return err
	}
	return &LossError{Signal: lost.Signal, Exporter: lost.Exporter, Failed: lost.Failed, Dropped: lost.Dropped, Total: lost.Total, Err: lost.Err, item: lost.Item, timeLimitErr: lost.Over}
}

// SettingError describes an invalid variable, option, or key of a configuration file. The
// error of [Setup] joins one SettingError for each invalid setting: [errors.As] finds the
// first, and the Unwrap() []error method of the joined error returns all. [errors.Is]
// finds the reason why a file cannot be read, such as [io/fs.ErrNotExist].
type SettingError struct {
	// Setting is the name of the setting: the variable, such as OTEL_TRACES_EXPORTER, the
	// option, such as WithServiceName, or the field of [httpserver.Config], such as
	// Config.TrustedProxies. For a configuration file, it is the file and the key. It is
	// empty if the file as a whole is wrong, or if a component that a variable selects cannot
	// be built and its error does not name a variable.
	Setting string
	// Value is the value of the setting, or empty if it is a credential.
	Value string
	// Err says what is wrong, and what would be right.
	Err error
}

// Error names the setting and its value, and says what would be right.
func (e *SettingError) Error() string { return fmt.Sprintf("core: %v", e.Err) }

// Unwrap returns Err.
func (e *SettingError) Unwrap() error { return e.Err }

// asSettingErrors returns a [SettingError] for each error that problem joins.
// problem may be nil.
func asSettingErrors(problem error) (all []error) {
	if problem == nil {
		return nil
	}
	if joined, ok := problem.(interface{ Unwrap() []error }); ok {
		for _, joinedErr := range joined.Unwrap() {
			all = append(all, asSettingErrors(joinedErr)...)
		}
		return all
	}
	if settingErr, ok := problem.(*SettingError); ok { //nolint:errorlint // a wrapped SettingError must keep the text of its wrapper
		return []error{settingErr}
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

// optionError is the error of an invalid option. message is the whole message.
type optionError struct{ option, value, message string }

func (e *optionError) Error() string { return e.message }
