package env

import (
	"errors"
	"testing"
	"time"
)

const testVariable = "OTEL_TEST"

// checkValue checks the results of a method, such as Int, for the variable's value. An error
// must name the variable, its value and the valid values.
func checkValue[T comparable](t *testing.T, value string, got T, ok bool, err error, want T, wantOK, wantErr bool) {
	t.Helper()
	if got != want || ok != wantOK || (err != nil) != wantErr {
		t.Errorf("%q: got %v, %v, %v, want %v, %v and an error: %v", value, got, ok, err, want, wantOK, wantErr)
	}
	var invalid *Invalid
	if err != nil && (!errors.As(err, &invalid) || invalid.Name != testVariable || invalid.Value != value || invalid.Want == "") {
		t.Errorf("%q: got %#v, want it to name the variable, the value and the valid values", value, err)
	}
}

func TestInt(t *testing.T) {
	// The result -1 stands for an error.
	for value, want := range map[string]int{"1": 1, "2048": 2048, "": 0, "0": -1, "-1": -1, "x": -1, "1.0": -1, "99999999999999999999": -1} {
		t.Setenv(testVariable, value)
		got, ok, err := Process.Int(testVariable, 1)
		checkValue(t, value, got, ok, err, max(want, 0), want > 0, want < 0)
	}
}

func TestMilliseconds(t *testing.T) {
	// The result -1 stands for an error.
	for value, want := range map[string]time.Duration{"0": 0, "250": 250 * time.Millisecond, "-1": -1, "5s": -1, "9223372036855": -1} {
		t.Setenv(testVariable, value)
		got, ok, err := Process.Milliseconds(testVariable, 0)
		checkValue(t, value, got, ok, err, max(want, 0), want >= 0, want < 0)
	}
}

func TestBool(t *testing.T) {
	// The result -1 stands for an error.
	for value, want := range map[string]int{"true": 1, "TRUE": 1, "false": 0, "False": 0, "1": -1, "yes": -1} {
		t.Setenv(testVariable, value)
		got, ok, err := Process.Bool(testVariable)
		checkValue(t, value, got, ok, err, want > 0, want >= 0, want < 0)
	}
}

func TestRatio(t *testing.T) {
	// The result -1 stands for an error.
	for value, want := range map[string]float64{"0": 0, "1": 1, "0.25": 0.25, "1.1": -1, "-0.1": -1, "NaN": -1, "half": -1} {
		t.Setenv(testVariable, value)
		got, ok, err := Process.Ratio(testVariable)
		checkValue(t, value, got, ok, err, max(want, 0), want >= 0, want < 0)
	}
}

func TestChoice(t *testing.T) {
	for value, want := range map[string]string{"otlp": "otlp", "none": "none", "OTLP": "otlp", "None": "none", "jaeger": "", "nonE,": ""} {
		t.Setenv(testVariable, value)
		got, ok, err := Process.Choice(testVariable, "otlp", "none")
		checkValue(t, value, got, ok, err, want, want != "", want == "")
	}
}
