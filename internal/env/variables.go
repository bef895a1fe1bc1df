package env

import (
	"os"
	"strings"
)

// Variables are the environment variables that a part of a service reads: the variables
// of the process, or the values that replace them if there is a configuration file.
type Variables struct {
	file     string
	settings map[string]Setting
}

// Setting is a value from a file that replaces a variable.
type Setting struct {
	// Value is in the format of the variable. It is empty if the file does not set it.
	Value string
	// Path is the key in the file that sets the value, or that could set it.
	Path string
}

// Process are the variables of the process.
var Process Variables

// File returns the variables for a configuration file. name is the name of the file in
// messages. Variables that begin with OTEL_GO_ or OTEL_INSTRUMENTATION_ cannot be set in
// a file; they are read from the process.
func File(name string, settings map[string]Setting) Variables {
	if settings == nil {
		settings = map[string]Setting{}
	}
	return Variables{file: name, settings: settings}
}

// fromFile reports whether the file replaces the variable.
func (v Variables) fromFile(name string) bool {
	return v.settings != nil && !strings.HasPrefix(name, "OTEL_GO_") && !strings.HasPrefix(name, "OTEL_INSTRUMENTATION_")
}

// Lookup returns the variable's value without surrounding white space, and
// whether it is set.
func (v Variables) Lookup(name string) (string, bool) {
	value := os.Getenv(name)
	if v.fromFile(name) {
		value = v.settings[name].Value
	}
	value = strings.TrimSpace(value)
	return value, value != ""
}

// List returns the elements of a comma-separated variable, without surrounding
// white space and empty elements, and whether there are any.
func (v Variables) List(name string) ([]string, bool) {
	value, ok := v.Lookup(name)
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

// Says reports whether an error is about a value in the configuration file.
func (v Variables) Says(problem error) bool {
	return v.settings != nil && strings.HasPrefix(problem.Error(), v.file+": ")
}

// Label returns the name of the variable for messages: its own name, or its key in the
// configuration file.
func (v Variables) Label(name string) string {
	if path := v.settings[name].Path; path != "" && v.fromFile(name) {
		return v.file + ": " + path
	}
	return name
}
