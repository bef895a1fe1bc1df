package httpserver

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/httpserver/internal/redact"
)

// FuzzKnownMethods checks that New either refuses a list of known methods, or the engine works
// with this list and any method that a client sends.
func FuzzKnownMethods(f *testing.F) {
	for _, list := range []string{"GET,POST", "GET, GET", "", ",", "get", "GET POST", "_OTHER", "\xff", "M-SEARCH"} {
		f.Add(list, "GET")
		f.Add(list, "\xff\x00")
	}
	f.Fuzz(func(t *testing.T, list, sent string) {
		names := strings.Split(list, ",")
		m, err := newMethods(names)
		if err != nil {
			if m != nil || !slices.ContainsFunc(names, func(name string) bool { return !isToken(strings.TrimSpace(name)) }) {
				t.Fatalf("%q: got %v with error %v", list, m, err)
			}
			return
		}
		if len(m.all) > len(names)+1 {
			t.Errorf("%q: got %d methods", list, len(m.all))
		}
		for i, method := range m.all {
			if method.index != i || !utf8.ValidString(method.attribute.Value.AsString()) {
				t.Errorf("%q: got method %+v at %d", list, method, i)
			}
		}
		got := m.lookup(sent)
		isListed := slices.ContainsFunc(names, func(name string) bool { return strings.TrimSpace(name) == sent })
		if isListed != (got != m.other) || isListed && got.attribute.Value.AsString() != sent {
			t.Errorf("%q: got %+v for %q, want it known: %v", list, got, sent, isListed)
		}
	})
}

// FuzzCapturedHeaders checks that New either refuses the names of headers to record and to
// redact, or the engine works with these names and any values that a client sends.
func FuzzCapturedHeaders(f *testing.F) {
	for _, name := range []string{"X-Tenant", "authorization", " cookie ", "", "x y", "\xff", "X:Y", "Host"} {
		f.Add(name, "authorization", "secret", "a")
		f.Add(name, "x-.*", "\xff\x00", strings.Repeat("\xffa", maxTextLength))
		f.Add(name, "(", "", "")
	}
	f.Fuzz(func(t *testing.T, name, pattern, value, value2 string) {
		patterns, err := newHeaderPatterns([]string{pattern})
		if err != nil {
			if _, bad := regexp.Compile(strings.TrimSpace(pattern)); bad == nil && len(patterns) > 0 {
				t.Errorf("%q: got patterns %v with error %v", pattern, patterns, err)
			}
			return
		}
		captured, err := newCapturedHeaders(requestHeaderKeyPrefix, []string{name}, patterns)
		if (err == nil) != isToken(strings.TrimSpace(name)) || (err == nil) != (len(captured) == 1) {
			t.Fatalf("%q: got %v with error %v", name, captured, err)
		}
		if err != nil {
			return
		}
		key := string(captured[0].key)
		if !utf8.ValidString(key) || key != requestHeaderKeyPrefix+strings.ToLower(strings.TrimSpace(name)) {
			t.Errorf("%q: got key %q", name, key)
		}
		header := propagation.HeaderCarrier{captured[0].name: append([]string{value, value2}, make([]string, 2*maxHeaderValues)...)}
		attributes := appendHeaders(nil, captured, header)
		if len(attributes) != 1 {
			t.Fatalf("%q: got %v, want one attribute", name, attributes)
		}
		recorded := attributes[0].Value.AsStringSlice()
		if len(recorded) != maxHeaderValues {
			t.Errorf("%q: got %d values, want %d", name, len(recorded), maxHeaderValues)
		}
		for i, sent := range []string{value, value2, ""} {
			want := validText(sent)
			if captured[0].mustRedact {
				want = redact.Redacted
			}
			if recorded[i] != want || !utf8.ValidString(recorded[i]) || len(recorded[i]) > maxTextLength {
				t.Errorf("%q, redacted by %q: got %.80q, want %.80q", name, pattern, recorded[i], want)
			}
		}
		if strings.EqualFold(pattern, strings.TrimSpace(name)) && !strings.ContainsAny(name, ".*+^$|") && !captured[0].mustRedact {
			t.Errorf("%q is not redacted by its own name", name)
		}
	})
}
