package env

import (
	"slices"
	"strings"
	"testing"
)

// TestFileReplacesVariables proves that the environment is ignored if there is a
// configuration file: a variable that the file does not set counts as unset. Variables of
// this project and of instrumentations are the exception: they are read from the process,
// unless the file sets them.
func TestFileReplacesVariables(t *testing.T) {
	for _, name := range []string{"OTEL_TEST", "OTEL_OTHER", "OTEL_GO_TEST", "OTEL_GO_OTHER", "OTEL_INSTRUMENTATION_TEST", "OTEL_INSTRUMENTATION_LIST", "OTEL_INSTRUMENTATION_EMPTY"} {
		t.Setenv(name, "of the process")
	}
	v := File("otel.yaml", map[string]Setting{
		"OTEL_TEST":    {Value: " 0 ", Path: "a.b"},
		"OTEL_EMPTY":   {Path: "a.c"},
		"OTEL_LIST":    {Value: "x, ,y", Path: "a.d"},
		"OTEL_GO_TEST": {Value: "of the file", Path: "a.e"},

		"OTEL_INSTRUMENTATION_LIST":  {Value: "z", Path: "a.f"},
		"OTEL_INSTRUMENTATION_EMPTY": {Path: "a.g"},
	})
	for name, want := range map[string]string{
		"OTEL_TEST": "0", "OTEL_EMPTY": "", "OTEL_OTHER": "",
		"OTEL_GO_TEST": "of the file", "OTEL_GO_OTHER": "of the process", "OTEL_INSTRUMENTATION_TEST": "of the process",
		"OTEL_INSTRUMENTATION_LIST": "z", "OTEL_INSTRUMENTATION_EMPTY": "of the process",
	} {
		if got, ok := v.Lookup(name); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", name, got, ok, want)
		}
	}
	for name, want := range map[string]string{
		"OTEL_TEST": "otel.yaml: a.b", "OTEL_EMPTY": "otel.yaml: a.c", "OTEL_OTHER": "OTEL_OTHER", "OTEL_GO_TEST": "otel.yaml: a.e", "OTEL_GO_OTHER": "OTEL_GO_OTHER",
		"OTEL_INSTRUMENTATION_LIST": "otel.yaml: a.f", "OTEL_INSTRUMENTATION_EMPTY": "OTEL_INSTRUMENTATION_EMPTY",
	} {
		if got := v.Label(name); got != want {
			t.Errorf("label of %s: got %q, want %q", name, got, want)
		}
	}
	if got, ok := v.List("OTEL_LIST"); !ok || !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("got list %q, %v, want x and y", got, ok)
	}
	if _, _, err := v.Int("OTEL_TEST", 1); err == nil || !strings.HasPrefix(err.Error(), `otel.yaml: a.b="0": too small`) {
		t.Errorf("got error %v, want one that names the file's path", err)
	}
	if _, ok := File("empty.yaml", nil).Lookup("OTEL_OTHER"); ok {
		t.Error("an empty file lets the process's variables through")
	}
}
