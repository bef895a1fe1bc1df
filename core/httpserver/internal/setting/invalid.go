// Package setting has the error that every setting of the engine which cannot work
// has. It imports the standard library alone.
package setting

import (
	"fmt"
)

// Invalid is the error of a setting that cannot work: what it sets, its value and
// what would be right.
func Invalid(what, value, want string) error {
	return fmt.Errorf("httpserver: %s %q is not valid, want %s", what, value, want)
}
