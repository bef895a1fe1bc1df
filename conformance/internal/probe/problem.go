package probe

import (
	"fmt"
	"reflect"
)

// Problem records a violation of the rule.
func (p *Probe) Problem(what, got, want string) {
	p.problems = append(p.problems, Problem{What: what, Got: got, Want: want})
}

// Problem is one violation of a rule.
type Problem struct {
	// What names the value that was checked.
	What string
	Got  string
	Want string
}

// suiteError is the panic value that ends a check early. If the error in it is notApplicable,
// the check does not apply. With any other error, the suite cannot decide whether the
// service follows the rule.
type suiteError struct{ error }

// Cannot ends the check with the outcome "error": the suite cannot decide whether the
// service follows the rule.
func (p *Probe) Cannot(format string, args ...any) {
	panic(suiteError{fmt.Errorf(format, args...)})
}

// notApplicable is the error in the suiteError that ends a check that does not apply.
type notApplicable struct{ reason string }

func (e notApplicable) Error() string { return e.reason }

// NotApplicable ends the check because the service lacks a prerequisite.
func (p *Probe) NotApplicable(reason string) {
	panic(suiteError{notApplicable{reason}})
}

// recoverSuiteError calls f. If f panics with a suiteError, it returns the error in it.
func recoverSuiteError(f func()) (err error) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case suiteError:
			err = value.error
		default:
			panic(value)
		}
	}()
	f()
	return nil
}

// Because formats an error for the end of a message, in parentheses. It returns "" if err
// is nil.
func Because(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ")"
}

// True records a problem unless ok is true.
func (p *Probe) True(ok bool, what, got, want string) bool {
	if !ok {
		p.Problem(what, got, want)
	}
	return ok
}

// Equal records a problem unless got equals want.
func (p *Probe) Equal(what string, got, want any) bool {
	if reflect.DeepEqual(got, want) {
		return true
	}
	p.Problem(what, Show(got), Show(want))
	return false
}

// Show formats a value for a problem, shortened if it is long.
func Show(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case string:
		return fmt.Sprintf("%.200q", v)
	default:
		text := fmt.Sprint(v)
		if len(text) > 500 {
			text = text[:500] + "…"
		}
		return text
	}
}
