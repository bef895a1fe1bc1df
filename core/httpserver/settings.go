package httpserver

import (
	"strings"

	"github.com/samespan/samespan/internal/env"
)

// settings decides what becomes of a bad environment variable.
type settings struct {
	// warn receives the problem, and the variable counts as unset. Without
	// it the problem is an error.
	warn func(error)
}

// list is a setting that is a list: the variable that may hold it, and how
// the variable is split and the list is parsed.
type list[T any] struct {
	variable string
	split    func(variable string) ([]string, bool)
	parse    func([]string) (T, error)
}

func newList[T any](variable string, parse func([]string) (T, error)) list[T] {
	return list[T]{variable: variable, split: env.List, parse: parse}
}

// read parses the variable where it is set, else the option.
func (l list[T]) read(s settings, option []string) (T, error) {
	if values, ok := l.split(l.variable); ok {
		parsed, err := l.parse(values)
		if err == nil {
			return parsed, nil
		}
		err = &env.Invalid{Name: l.variable, Value: strings.Join(values, ","), Err: err}
		if s.warn == nil {
			return parsed, err
		}
		s.warn(err)
	}
	return l.parse(option)
}

// whole reads a variable that its parser splits itself.
func whole(variable string) ([]string, bool) {
	value, ok := env.Lookup(variable)
	return []string{value}, ok
}

// optInVariable switches body sizes and active requests on or off together. Its
// name is the one that it has in OpenTelemetry's instrumentation for Java.
const optInVariable = switches("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY")

// switches is the variable of options that it switches together.
type switches string

func (v switches) read(s settings, options [2]bool) ([2]bool, error) {
	on, ok, err := env.Process.Bool(string(v))
	switch {
	case err == nil && ok:
		return [2]bool{on, on}, nil
	case err != nil && s.warn == nil:
		return options, err
	case err != nil:
		s.warn(err)
	}
	return options, nil
}
