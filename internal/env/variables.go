package env

import (
	"os"
	"strings"
)

// Variables are environment variables. They are the variables of the process or, with a
// configuration file, the values that replace them.
type Variables struct {
	// fileName is the name of the configuration file in messages.
	fileName string
	// settings holds the values of the file by the name of the variable. It is nil if there
	// is no file.
	settings map[string]Setting
}

// Setting is the value that replaces a variable if there is a configuration file.
type Setting struct {
	// Value is in the format of the variable. It is empty if the file sets no value.
	Value string
	// Path is the path of the key in the file that sets the value, or that could set it.
	Path string
}

// Process are the variables of the process.
var Process Variables

// Source is implemented by the error handler that core passes to the engine. The engine
// reads its variables from it, so that the values of a configuration file replace them.
type Source interface{ Variables() Variables }

// File returns the variables for a configuration file. name is the name of the file in
// messages. Variables that begin with OTEL_GO_ or OTEL_INSTRUMENTATION_ are read from the
// process, unless the file sets them.
func File(name string, settings map[string]Setting) Variables {
	if settings == nil {
		settings = map[string]Setting{}
	}
	return Variables{fileName: name, settings: settings}
}

// isFromFile reports whether the variable called name is read from the configuration file.
func (v Variables) isFromFile(name string) bool {
	fallsBackToProcess := strings.HasPrefix(name, "OTEL_GO_") || strings.HasPrefix(name, "OTEL_INSTRUMENTATION_")
	return v.settings != nil && (!fallsBackToProcess || v.settings[name].Value != "")
}

// Lookup returns the variable's value without surrounding white space, and
// whether it is set.
func (v Variables) Lookup(name string) (string, bool) {
	value := os.Getenv(name)
	if v.isFromFile(name) {
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

// Says reports whether problem is about a value in the configuration file.
func (v Variables) Says(problem error) bool {
	return v.settings != nil && strings.HasPrefix(problem.Error(), v.fileName+": ")
}

// FileName returns the name of the configuration file, or "" if there is none.
func (v Variables) FileName() string { return v.fileName }

// Label returns the name of the variable for messages: its own name, or its key in the
// configuration file.
func (v Variables) Label(name string) string {
	if path := v.settings[name].Path; path != "" && v.isFromFile(name) {
		return v.fileName + ": " + path
	}
	return name
}
