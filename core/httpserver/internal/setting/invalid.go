// Package setting makes the errors of invalid settings. It imports only the standard
// library.
package setting

import (
	"fmt"
)

// Invalid returns an error about an invalid setting, with the name and the value
// of the setting. want describes the valid values.
func Invalid(name, value, want string) error {
	return fmt.Errorf("httpserver: %s %q is not valid, want %s", name, value, want)
}
