package fibertest

import "testing"

// TestNormalizeResponseIgnoresAge proves that two responses of Fiber's cache compare as equal
// if only the second in which they were sent differs, and that all other differences count.
func TestNormalizeResponseIgnoresAge(t *testing.T) {
	response := func(age, maxAge, warning, cookie string) string {
		return normalizeResponse(t, "HTTP/1.1 200 OK\r\nDate: Mon, 30 Nov 2026 10:00:0"+age+" GMT\r\nAge: "+age+
			"\r\nCache-Control: public, max-age="+maxAge+"\r\nX-Cache: hit\r\nSet-Cookie: a=b; max-age="+cookie+
			warning+"\r\n\r\nbody")
	}
	const heuristic = "\r\nWarning: 113 - \"Heuristic expiration\""
	want := response("0", "300", "", "3600")
	for name, got := range map[string]string{
		"a second later": response("1", "299", "", "3600"),
		"an age below zero, which Fiber v3.1.0 takes for a large one": response("2147483647", "301", heuristic, "3600"),
	} {
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for name, got := range map[string]string{
		"a cookie":          response("0", "300", "", "3599"),
		"another warning":   response("0", "300", "\r\nWarning: 110 - \"Response is stale\"", "3600"),
		"no maximum of age": normalizeResponse(t, "HTTP/1.1 200 OK\r\nX-Cache: hit\r\n\r\nbody"),
	} {
		if got == want {
			t.Errorf("%s: got %q, want a difference", name, got)
		}
	}
}
