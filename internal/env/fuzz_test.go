package env

import (
	"strings"
	"testing"
	"time"
)

// FuzzVariable parses one value as an integer, a duration and every other type. Each parser
// must return either a value or an error that names the variable.
func FuzzVariable(f *testing.F) {
	for _, value := range []string{"", " ", "1", "-1", "0.5", "NaN", "1e400", "true", "TRUE ", "a, b,,c", ",", "9223372036854775807", "９", "\xff"} {
		f.Add(value)
	}
	const name = "SAMESPAN_TEST_VARIABLE"
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsRune(value, 0) {
			return // an environment variable cannot contain NUL
		}
		t.Setenv(name, value)
		trimmed, set := Lookup(name)
		if set != (strings.TrimSpace(value) != "") || set && !strings.Contains(value, trimmed) {
			t.Errorf("%q: got %q, %v", value, trimmed, set)
		}
		check := func(kind string, ok bool, err error) {
			t.Helper()
			if ok && err != nil || !set && (ok || err != nil) || set && !ok && err == nil {
				t.Errorf("%q as %s: got ok %v and error %v", value, kind, ok, err)
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%q as %s: got error %v, which does not name the variable", value, kind, err)
			}
		}
		n, ok, err := Process.Int(name, 2)
		check("a number", ok, err)
		if ok && n < 2 {
			t.Errorf("%q: got %d, want 2 or more", value, n)
		}
		d, ok, err := Process.Milliseconds(name, 0)
		check("a duration", ok, err)
		if d < 0 || d%time.Millisecond != 0 {
			t.Errorf("%q: got %v", value, d)
		}
		_, ok, err = Process.Bool(name)
		check("a boolean", ok, err)
		ratio, ok, err := Process.Ratio(name)
		check("a ratio", ok, err)
		if !(ratio >= 0 && ratio <= 1) {
			t.Errorf("%q: got ratio %v", value, ratio)
		}
		_, ok, err = Process.Choice(name, "true", "1")
		check("a choice", ok, err)
		list, ok := List(name)
		if ok != (len(list) > 0) {
			t.Errorf("%q: got list %q, %v", value, list, ok)
		}
		for _, element := range list {
			if element == "" || element != strings.TrimSpace(element) || strings.Contains(element, ",") {
				t.Errorf("%q: got element %q", value, element)
			}
		}
	})
}
