package core

import (
	"errors"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/env"
)

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
