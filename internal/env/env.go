// Package env reads OpenTelemetry's environment variables as its
// specification asks: an empty value means the same as an unset variable.
package env

// Lookup returns the variable's value without surrounding white space, and
// whether there is one.
func Lookup(name string) (string, bool) { return Process.Lookup(name) }

// List returns the elements of a comma-separated variable, without
// surrounding white space and without empty ones, and whether there are any.
func List(name string) ([]string, bool) { return Process.List(name) }
