// Package env reads OpenTelemetry's environment variables according to the
// specification: an empty value means the same as an unset variable.
package env

// Lookup returns the variable's value without surrounding white space, and
// whether it is set.
func Lookup(name string) (string, bool) { return Process.Lookup(name) }

// List returns the elements of a comma-separated variable, without surrounding
// white space and empty elements, and whether there are any.
func List(name string) ([]string, bool) { return Process.List(name) }
