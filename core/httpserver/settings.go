package httpserver

import (
	"strings"

	"github.com/samespan/samespan/internal/env"
)

// errorPolicy decides what happens to an error in an environment variable.
type errorPolicy struct {
	// warn, if not nil, receives the errors, and a variable with an error counts as not
	// set. If warn is nil, errors are returned.
	warn func(error)
}

// listSetting is a setting that is a list.
type listSetting[T any] struct {
	variable string
	// lookup returns the elements in the variable, and whether it is set.
	lookup func(variable string) ([]string, bool)
	// parse converts the elements of the variable or of the option.
	parse func([]string) (T, error)
}

func newListSetting[T any](variable string, parse func([]string) (T, error)) listSetting[T] {
	return listSetting[T]{variable: variable, lookup: env.List, parse: parse}
}

// read parses the variable if it is set, and otherwise the option. It passes errors to report,
// also the error of an option that the variable replaces: without it, a service with a bad option
// would start where the variable is set, and fail elsewhere.
func (l listSetting[T]) read(policy errorPolicy, option []string, report func(error)) T {
	ofOption, err := l.parse(option)
	report(err)
	values, ok := l.lookup(l.variable)
	if !ok {
		return ofOption
	}
	ofVariable, err := l.parse(values)
	if err == nil {
		return ofVariable
	}
	err = &env.Invalid{Name: l.variable, Value: strings.Join(values, ","), Err: err}
	if policy.warn == nil {
		report(err)
	} else {
		policy.warn(err)
	}
	return ofOption
}

// lookupUnsplit returns the whole value of a variable as the only element, for parsers
// that split it themselves.
func lookupUnsplit(variable string) ([]string, bool) {
	value, ok := env.Lookup(variable)
	return []string{value}, ok
}

// optInVariable enables or disables body sizes and active requests together.
// OpenTelemetry's instrumentation for Java uses the same name.
const optInVariable = boolVariable("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY")

// boolVariable is a variable that sets several boolean options.
type boolVariable string

// read returns the value of the variable for both options if it is set, and otherwise
// options.
func (v boolVariable) read(policy errorPolicy, options [2]bool) ([2]bool, error) {
	enabled, ok, err := env.Process.Bool(string(v))
	switch {
	case err == nil && ok:
		return [2]bool{enabled, enabled}, nil
	case err != nil && policy.warn == nil:
		return options, err
	case err != nil:
		policy.warn(err)
	}
	return options, nil
}
