// Package env reads OpenTelemetry's environment variables as its
// specification asks: an empty value means the same as an unset variable.
package env

import (
	"os"
	"strings"
)

// Lookup returns the variable's value without surrounding white space, and
// whether there is one.
func Lookup(name string) (string, bool) {
	value := strings.TrimSpace(os.Getenv(name))
	return value, value != ""
}

// List returns the elements of a comma-separated variable, without
// surrounding white space and without empty ones, and whether there are any.
func List(name string) ([]string, bool) {
	value, ok := Lookup(name)
	if !ok {
		return nil, false
	}
	var list []string
	for element := range strings.SplitSeq(value, ",") {
		if element = strings.TrimSpace(element); element != "" {
			list = append(list, element)
		}
	}
	return list, len(list) > 0
}
