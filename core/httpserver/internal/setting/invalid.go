// Package setting makes the errors of invalid settings. It imports only the standard
// library.
package setting

import (
	"fmt"
)

// Invalid returns the error of a bad setting: its name, its value and what
// would be right.
func Invalid(name, value, want string) error {
	return fmt.Errorf("httpserver: %s %q is not valid, want %s", name, value, want)
}
