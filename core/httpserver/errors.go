package httpserver

import "fmt"

// invalid is the error of a setting that cannot work.
func invalid(what, value, want string) error {
	return fmt.Errorf("httpserver: %s %q is not valid, want %s", what, value, want)
}
