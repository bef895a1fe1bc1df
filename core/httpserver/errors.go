package httpserver

import (
	"errors"
	"fmt"

	"github.com/samespan/samespan/internal/env"
)

// SettingError describes an environment variable or a field of [Config] that is invalid.
// The error of [New] joins one SettingError for each invalid setting.
type SettingError struct {
	// Setting is the variable, such as OTEL_GO_EXCLUDED_URLS, or the field, such
	// as Config.TrustedProxies.
	Setting string
	// Value is the value of the setting.
	Value string
	// Err says what is wrong with the value, and what would be right.
	Err error
}

// Error returns the text of Err.
func (e *SettingError) Error() string { return fmt.Sprint(e.Err) }

// Unwrap returns Err.
func (e *SettingError) Unwrap() error { return e.Err }

// settingError returns a [SettingError] that wraps err. If err is about an environment
// variable, the SettingError names the variable. Otherwise it names the field. If err is
// nil, settingError returns nil.
func settingError(field string, value any, err error) error {
	if err == nil {
		return nil
	}
	var variable *env.Invalid
	if errors.As(err, &variable) {
		return &SettingError{Setting: variable.Name, Value: variable.Value, Err: err}
	}
	return &SettingError{Setting: "Config." + field, Value: fmt.Sprint(value), Err: err}
}

// checkNotEmpty returns an error if the list in a field is empty and not nil.
func checkNotEmpty(field string, list []string) error {
	if list == nil || len(list) > 0 {
		return nil
	}
	return fmt.Errorf("httpserver: Config.%s is empty, want at least one element, or nil for the default", field)
}
