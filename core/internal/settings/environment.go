package settings

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/samespan/samespan/internal/env"
)

// environment reads the variables for one Setup and collects the errors, so that all are
// reported together. If a variable is not set or is invalid, the methods return fallback.
type environment struct {
	// vars are the variables of the process, or the values that replace them if there is
	// a configuration file.
	vars env.Variables
	// lenient turns errors of variables into warnings. The variables with errors are
	// ignored. lenient does not apply to configuration files.
	lenient bool
	// warnings are the errors that lenient has turned into warnings.
	warnings []error
	errs     []error
	// reportedErrors has the texts of all errors and warnings so far.
	reportedErrors map[string]bool
	// errorCount counts the errors, including repeated ones.
	errorCount int
	// advice are warnings about valid values that may not be intended.
	advice []error
}

// addAdvice adds a warning about a valid value to advice.
func (e *environment) addAdvice(err error) {
	if !e.reportedErrors[err.Error()] {
		e.markReported(err)
		e.advice = append(e.advice, err)
	}
}

// markReported records that err has been reported.
func (e *environment) markReported(err error) {
	if e.reportedErrors == nil {
		e.reportedErrors = make(map[string]bool)
	}
	e.reportedErrors[err.Error()] = true
}

// unexpandedReference matches a reference that Kubernetes leaves unexpanded if the
// variable is unknown.
var unexpandedReference = regexp.MustCompile(`\$\([A-Za-z_][A-Za-z0-9_.-]*\)`)

// warnOfReferences adds a warning about unexpanded references in text.
func (e *environment) warnOfReferences(name, text string) {
	if reference := unexpandedReference.FindString(text); reference != "" {
		e.addAdvice(fmt.Errorf("%s: %s was not replaced by a value: Kubernetes replaces it only if that variable is defined before this one", e.vars.Label(name), reference))
	}
}

// unquote returns a value without surrounding quotes. A shell would have removed the
// quotes, but an environment file keeps them.
func (e *environment) unquote(name, value string) string {
	for _, quote := range []string{`"`, "'"} {
		unquoted, found := strings.CutPrefix(value, quote)
		if !found {
			continue
		}
		if unquoted, found = strings.CutSuffix(unquoted, quote); !found || strings.Contains(unquoted, quote) {
			continue
		}
		e.addAdvice(fmt.Errorf("%s: the value begins and ends with quotes, which are ignored: remove them", e.vars.Label(name)))
		return strings.TrimSpace(unquoted)
	}
	return value
}

// addVariableError adds an error about a variable. If several signals cause the same error,
// such as an unknown OTEL_EXPORTER_OTLP_PROTOCOL, the error is added once.
func (e *environment) addVariableError(err error) {
	if err == nil {
		return
	}
	e.errorCount++
	if e.reportedErrors[err.Error()] {
		return
	}
	e.markReported(err)
	if e.lenient && !e.vars.Says(err) {
		e.warnings = append(e.warnings, err)
		return
	}
	e.errs = append(e.errs, err)
}

// addError adds an error that is not about the environment. The lenient setting does not
// apply to such errors.
func (e *environment) addError(err error) {
	if err != nil {
		e.errs = append(e.errs, err)
	}
}

func (e *environment) readInteger(name string, minimum, fallback int) int {
	value, ok, err := e.vars.Int(name, minimum)
	return valueOrReport(e, value, ok, err, fallback)
}

func (e *environment) readMilliseconds(name string, minimum int64, fallback time.Duration) time.Duration {
	value, ok, err := e.vars.Milliseconds(name, minimum)
	return valueOrReport(e, value, ok, err, fallback)
}

func (e *environment) readBoolean(name string, fallback bool) bool {
	value, ok, err := e.vars.Bool(name)
	return valueOrReport(e, value, ok, err, fallback)
}

func (e *environment) readRatio(name string, fallback float64) float64 {
	value, ok, err := e.vars.Ratio(name)
	return valueOrReport(e, value, ok, err, fallback)
}

func (e *environment) readChoice(name, fallback string, choices ...string) string {
	value, ok, err := e.vars.Choice(name, choices...)
	return valueOrReport(e, value, ok, err, fallback)
}

// readLevel parses a level of slog, case-insensitively. A nil fallback means
// slog.LevelInfo.
func (e *environment) readLevel(name string, fallback slog.Leveler) slog.Leveler {
	if fallback == nil {
		fallback = slog.LevelInfo
	}
	value, ok := e.vars.Lookup(name)
	if !ok {
		return fallback
	}
	var level slog.Level
	if level.UnmarshalText([]byte(value)) != nil {
		e.addVariableError(&env.Invalid{Name: e.vars.Label(name), Value: value, Problem: "unknown", Want: "one of debug, info, warn, error"})
		return fallback
	}
	return level
}

// valueOrReport reports err, and returns value, or fallback if ok is false.
func valueOrReport[T any](e *environment, value T, ok bool, err error, fallback T) T {
	e.addVariableError(err)
	if !ok {
		return fallback
	}
	return value
}
