package env

import (
	"os"
	"strings"
)

// Variables are the variables that a part of a service reads: those of the
// process, or what a configuration file says in their place.
type Variables struct {
	file     string
	settings map[string]Setting
}

// Setting is what a configuration file says in place of a variable.
type Setting struct {
	// Value is as the variable would have it; empty if the file says nothing.
	Value string
	// Path is where in the file it stands, or would stand.
	Path string
}

// Process are the variables of the process.
var Process Variables

// File returns the variables that a configuration file stands for. name is
// what messages call it. Those that no such file can set, which begin with
// OTEL_GO_ or OTEL_INSTRUMENTATION_, are the process's.
func File(name string, settings map[string]Setting) Variables {
	if settings == nil {
		settings = map[string]Setting{}
	}
	return Variables{file: name, settings: settings}
}

// fromFile tells whether the variable is the file's to say.
func (v Variables) fromFile(name string) bool {
	return v.settings != nil && !strings.HasPrefix(name, "OTEL_GO_") && !strings.HasPrefix(name, "OTEL_INSTRUMENTATION_")
}

// Lookup returns the variable's value without surrounding white space, and
// whether there is one.
func (v Variables) Lookup(name string) (string, bool) {
	value := os.Getenv(name)
	if v.fromFile(name) {
		value = v.settings[name].Value
	}
	value = strings.TrimSpace(value)
	return value, value != ""
}

// List returns the elements of a comma-separated variable, without
// surrounding white space and without empty ones, and whether there are any.
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

// Says tells whether a problem is about what the file says.
func (v Variables) Says(problem error) bool {
	return v.settings != nil && strings.HasPrefix(problem.Error(), v.file+": ")
}

// Label returns what messages call the variable: its name, or its place in the
// file.
func (v Variables) Label(name string) string {
	if path := v.settings[name].Path; path != "" && v.fromFile(name) {
		return v.file + ": " + path
	}
	return name
}
