package env

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Int returns the variable's value as an integer and reports whether the variable is set.
// A value below minimum is an error.
func (v Variables) Int(name string, minimum int) (int, bool, error) {
	value, ok := v.Lookup(name)
	if !ok {
		return 0, false, nil
	}
	n, err := strconv.Atoi(value)
	want := fmt.Sprintf("a whole number of %d or more", minimum)
	switch {
	case err != nil:
		return 0, false, &Invalid{Name: v.Label(name), Value: value, Problem: "not a whole number", Want: want}
	case n < minimum:
		return 0, false, &Invalid{Name: v.Label(name), Value: value, Problem: "too small", Want: want}
	}
	return n, true, nil
}

// maxMilliseconds is the longest duration that a variable may have. A longer duration
// overflows time.Duration.
const maxMilliseconds = math.MaxInt64 / int64(time.Millisecond)

// Milliseconds returns the variable's value, a number of milliseconds, as a duration and
// reports whether the variable is set. A number below minimum is an error.
func (v Variables) Milliseconds(name string, minimum int64) (time.Duration, bool, error) {
	value, ok := v.Lookup(name)
	if !ok {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	want := fmt.Sprintf("a whole number of milliseconds, %d or more", minimum)
	switch {
	case err != nil:
		return 0, false, &Invalid{Name: v.Label(name), Value: value, Problem: "not a whole number", Want: want}
	case n < minimum:
		return 0, false, &Invalid{Name: v.Label(name), Value: value, Problem: "too small", Want: want}
	case n > maxMilliseconds:
		return 0, false, &Invalid{Name: v.Label(name), Value: value, Problem: "too large", Want: want}
	}
	return time.Duration(n) * time.Millisecond, true, nil
}

// Bool returns the variable's value as a boolean and reports whether the variable is set.
// As in OpenTelemetry's specification, only true and false are valid, in upper or lower
// case. Values such as 1 and yes are invalid.
func (v Variables) Bool(name string) (bool, bool, error) {
	value, ok := v.Lookup(name)
	switch {
	case !ok:
		return false, false, nil
	case strings.EqualFold(value, "true"):
		return true, true, nil
	case strings.EqualFold(value, "false"):
		return false, true, nil
	}
	return false, false, &Invalid{Name: v.Label(name), Value: value, Problem: "not a boolean", Want: "true or false"}
}

// Ratio returns the variable's value as a number from 0 to 1, and reports whether the
// variable is set.
func (v Variables) Ratio(name string) (float64, bool, error) {
	value, ok := v.Lookup(name)
	if !ok {
		return 0, false, nil
	}
	ratio, err := strconv.ParseFloat(value, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		return 0, false, &Invalid{Name: v.Label(name), Value: value, Problem: "not a ratio", Want: "a number from 0 to 1"}
	}
	return ratio, true, nil
}

// Choice returns the element of choices that equals the variable's value, and reports
// whether the variable is set. The comparison ignores case, as OpenTelemetry's
// specification requires for enum values.
func (v Variables) Choice(name string, choices ...string) (string, bool, error) {
	value, ok := v.Lookup(name)
	if !ok {
		return "", false, nil
	}
	for _, choice := range choices {
		if strings.EqualFold(choice, value) {
			return choice, true, nil
		}
	}
	return "", false, &Invalid{Name: v.Label(name), Value: value, Problem: "unknown", Want: "one of " + strings.Join(choices, ", ")}
}
