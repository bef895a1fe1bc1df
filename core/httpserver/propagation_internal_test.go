package httpserver

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
)

func TestTraceStateIsOneList(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   string
	}{
		{"none", nil, ""},
		{"one member", []string{"a=1"}, "a=1"},
		{"empty header", []string{""}, ""},
		{"only commas", []string{",, ,\t,"}, ""},
		{"order", []string{"c=3,a=1", "b=2"}, "c=3,a=1,b=2"},
		{"the first of a key", []string{"a=1", "b=2,a=3"}, "a=1,b=2"},
		{"key without value", []string{"a,a=1"}, "a"},
		{"value with equals", []string{"a=b=c,d=e"}, "a=b=c,d=e"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := traceState(test.values); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzTraceState(f *testing.F) {
	for _, seed := range []string{"", "a=1", "a=1,b=2", "a=1,a=2", " a = 1 ", ",,,", "a\tb", strings.Repeat("a=1,", 40), strings.Repeat("k", 600)} {
		f.Add(seed, "b=2")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		got := traceState([]string{first, second})
		if again := traceState([]string{got}); again != got {
			t.Errorf("%q, %q: got %q, and %q from that", first, second, got, again)
		}
		if got == "" {
			return
		}
		keys := make(map[string]bool)
		members := strings.Split(got, ",")
		for _, member := range members {
			key, _, _ := strings.Cut(member, "=")
			if member == "" || keys[key] {
				t.Errorf("%q, %q: got %q with member %q, which is empty or repeated", first, second, got, member)
			}
			keys[key] = true
			if !strings.Contains(first, member) && !strings.Contains(second, member) {
				t.Errorf("%q, %q: got member %q, which was not sent", first, second, member)
			}
		}
		if len(members) > maxStateMembers {
			t.Errorf("got %d members, want no more than %d", len(members), maxStateMembers)
		}
	})
}

func TestCarrier(t *testing.T) {
	header := propagation.HeaderCarrier{
		"Traceparent": {"one", "two"}, "Tracestate": {"a=1", "b=2"}, "Baggage": {"k=1", "l=2"}, "X-B3-Traceid": {"t"},
	}
	for _, transient := range []bool{false, true} {
		c := &carrier{header: header, transient: transient, canonical: canonicalFields(propagation.TraceContext{})}
		for key, want := range map[string]string{
			"traceparent": "", "tracestate": "a=1,b=2", "baggage": "k=1", "x-b3-traceid": "t", "X-B3-TraceId": "t", "missing": "",
		} {
			if got := c.Get(key); got != want {
				t.Errorf("%s: got %q, want %q", key, got, want)
			}
		}
		if got := c.Values("baggage"); len(got) != 2 || got[0] != "k=1" || got[1] != "l=2" {
			t.Errorf("got baggage %q", got)
		}
		if got := c.Values("missing"); len(got) != 0 {
			t.Errorf("got %q for a header that is missing", got)
		}
		if len(c.Keys()) != len(header) {
			t.Errorf("got keys %q", c.Keys())
		}
		c.Set("Baggage", "other")
		if header.Get("Baggage") != "k=1" {
			t.Error("a request that has arrived was written to")
		}
	}
}
