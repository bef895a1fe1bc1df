package httpserver

import (
	"strings"

	"github.com/samespan/samespan/internal/env"
)

// environment reads variables, and decides what happens to an error in one.
type environment struct {
	// vars are the variables of the process, or the values of a configuration file that
	// replace them.
	vars env.Variables
	// warn, if not nil, receives the errors, and a variable with an error counts as not
	// set. If warn is nil, errors are returned. Errors in a configuration file are always
	// returned.
	warn func(error)
}

// newEnvironment returns the environment for config.
func newEnvironment(config Config) environment {
	e := environment{vars: env.Process, warn: config.Warn}
	if source, ok := config.ErrorHandler.(env.Source); ok {
		e.vars = source.Variables()
	}
	return e
}

// handle passes err to report or, if it only causes a warning, to e.warn.
func (e environment) handle(err error, report func(error)) {
	if e.warn == nil || e.vars.Says(err) {
		report(err)
		return
	}
	e.warn(err)
}

// listSetting is a setting that is a list.
type listSetting[T any] struct {
	variable string
	// lookup returns the elements in the variable, and whether it is set.
	lookup func(vars env.Variables, variable string) ([]string, bool)
	// parse converts the elements of the variable or of the option.
	parse func([]string) (T, error)
}

func newListSetting[T any](variable string, parse func([]string) (T, error)) listSetting[T] {
	return listSetting[T]{variable: variable, lookup: env.Variables.List, parse: parse}
}

// read parses the variable if it is set, and otherwise the option. It passes errors to report,
// also the error of an option that the variable replaces: without it, a service with a bad option
// would start where the variable is set, and fail elsewhere.
func (l listSetting[T]) read(e environment, option []string, report func(error)) T {
	ofOption, err := l.parse(option)
	report(err)
	values, ok := l.lookup(e.vars, l.variable)
	if !ok {
		return ofOption
	}
	ofVariable, err := l.parse(values)
	if err == nil {
		return ofVariable
	}
	e.handle(&env.Invalid{Name: e.vars.Label(l.variable), Value: strings.Join(values, ","), Err: err}, report)
	return ofOption
}

// lookupUnsplit returns the whole value of a variable as the only element, for parsers
// that split it themselves.
func lookupUnsplit(vars env.Variables, variable string) ([]string, bool) {
	value, ok := vars.Lookup(variable)
	return []string{value}, ok
}

// optInVariable enables or disables body sizes and active requests together.
// OpenTelemetry's instrumentation for Java uses the same name.
const optInVariable = boolVariable("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY")

// boolVariable is a variable that sets several boolean options.
type boolVariable string

// read returns the value of the variable for both options if it is set, and otherwise
// options.
func (v boolVariable) read(e environment, options [2]bool, report func(error)) [2]bool {
	enabled, ok, err := e.vars.Bool(string(v))
	if ok {
		return [2]bool{enabled, enabled}
	}
	if err != nil {
		e.handle(err, report)
	}
	return options
}
