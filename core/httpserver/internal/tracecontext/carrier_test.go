package tracecontext

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

func TestTracestateHeadersAreJoined(t *testing.T) {
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
		{"repeated key", []string{"a=1", "b=2,a=3"}, "a=1,b=2"},
		{"key without value", []string{"a,a=1"}, "a"},
		{"value with equals", []string{"a=b=c,d=e"}, "a=b=c,d=e"},
		{"empty headers", []string{"", "", ""}, ""},
		{"longest valid", []string{longestState}, longestState},
		{"longer in one header", []string{longestState + ","}, ""},
		{"longer in two headers", []string{longestState, "a"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := joinTracestate(test.values); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// longestState is the longest valid tracestate.
var longestState = func() string {
	members := make([]string, maxStateMembers)
	for i := range members {
		members[i] = fmt.Sprintf("k%02d%s=%s", i, strings.Repeat("k", 253), strings.Repeat("v", 256))
	}
	return strings.Join(members, ",")
}()

func TestTraceParent(t *testing.T) {
	const ids = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
	for value, want := range map[string]string{
		"":                           "",
		"00-" + ids + "-01":          "00-" + ids + "-01",
		" \t00-" + ids + "-01\t ":    "00-" + ids + "-01",
		"00-" + ids + "-01-":         "",
		"00-" + ids + "-01.":         "",
		"00-" + ids + "-01-more":     "",
		"00-" + ids + "-0":           "",
		"00-" + ids + "-03":          "00-" + ids + "-03",
		"00-" + ids + "-04":          "00-" + ids + "-00",
		"00-" + ids + "-09":          "00-" + ids + "-01",
		"00-" + ids + "-ff":          "00-" + ids + "-03",
		"00-" + ids + "-FF":          "",
		"00-" + ids + "-fF":          "",
		"00-" + ids + "-+1":          "",
		"00-" + ids + "-g1":          "",
		"01-" + ids + "-ff-and-more": "00-" + ids + "-03",
		"ff-" + ids + "-01":          "",
	} {
		if got := normalizeTraceparent(value); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

// traceparentPattern is the grammar of W3C Trace Context, sections 3.2.2 and 3.2.4:
// version 00 ends with the flags; a later version may continue after another
// dash.
var traceparentPattern = regexp.MustCompile(`(?s)^[ \t]*(?:00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})|` +
	`(?:0[1-9a-f]|[1-9a-e][0-9a-f]|f[0-9a-e])-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?)[ \t]*$`)

// FuzzExtract checks that a span context is extracted from exactly those headers that the
// grammar of the recommendation allows.
func FuzzExtract(f *testing.F) {
	const ids = "-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
	for _, parent := range []string{
		"", "00" + ids + "01", " 00" + ids + "00\t", "00" + ids + "01-", "00" + ids + "ff", "00" + ids + "FF", "cc" + ids + "01", "cc" + ids + "01-",
		"cc" + ids + "01-what-the-future-brings", "cc" + ids + "01-\n", "cc" + ids + "01.what", "ff" + ids + "01", "0" + ids + "01", "\xff\x00",
		"00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-" + strings.Repeat("0", 16) + "-01",
	} {
		f.Add(parent, "a=1", "b=2,c=3", "k=v", false, false)
	}
	f.Add("00"+ids+"01", "a=1", "a=2", "\xff=%ff;=,k=\x00", false, true)
	f.Add("00"+ids+"01", longestState, "", strings.Repeat("k=v,", 10_000), false, true)
	f.Add("00"+ids+"01", "0a=1", "A=1", "k="+strings.Repeat("%41", 3000), true, false)
	// Both readers must return the same: one parses the headers itself, and the other calls
	// a propagator.
	readers := make(map[string]*Reader)
	for name, propagator := range map[string]propagation.TextMapPropagator{
		"default": defaultPropagator,
		"another": propagation.NewCompositeTextMapPropagator(propagation.Baggage{}, propagation.TraceContext{}),
	} {
		reader := NewReader(propagator)
		if reader.ReadsItself() != (name == "default") {
			f.Fatalf("the caller of the %s propagator is read by the reader itself: %v", name, reader.ReadsItself())
		}
		readers[name] = &reader
	}
	f.Fuzz(func(t *testing.T, parent, state, state2, members string, repeated, raw bool) {
		headers := propagation.HeaderCarrier{"Traceparent": {parent}, "Tracestate": {state, state2}, "Baggage": {members, members}}
		if repeated {
			headers["Traceparent"] = []string{parent, parent}
		}
		header := Header(headers)
		if raw {
			header = rawHeader{headers}
		}
		for name, reader := range readers {
			config := trace.SpanContextConfig{Remote: true}
			ctx, called := reader.Caller(t.Context(), header, &config)
			var sc trace.SpanContext
			if called {
				sc = trace.NewSpanContext(config)
			}
			checkCaller(t, name, sc, parent, repeated)
			checkBaggage(ctx, t, name, members)
			outgoing := propagation.MapCarrier{}
			reader.Propagator().Inject(trace.ContextWithSpanContext(ctx, sc), outgoing)
			for field, value := range outgoing {
				if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
					t.Errorf("%s: a call would carry %s: %q", name, field, value)
				}
			}
		}
	})
}

// rawHeader is a header that implements received.RawHeader, like those of fasthttp.
type rawHeader struct{ propagation.HeaderCarrier }

func (h rawHeader) RawValues(name string) (values [][]byte) {
	for _, value := range h.Values(name) {
		values = append(values, []byte(value))
	}
	return values
}

// checkCaller checks sc, the span context that was extracted from the traceparent header
// parent. If the grammar allows parent, sc must have its fields. Otherwise, and if
// isRepeated is set because the request has the header twice, sc must be invalid.
func checkCaller(t *testing.T, propagator string, sc trace.SpanContext, parent string, isRepeated bool) {
	t.Helper()
	fields := traceparentPattern.FindStringSubmatch(parent)
	valid := fields != nil && !isRepeated
	if valid {
		traceID, spanID := fields[1]+fields[4], fields[2]+fields[5]
		valid = strings.Trim(traceID, "0") != "" && strings.Trim(spanID, "0") != ""
		if valid && (sc.TraceID().String() != traceID || sc.SpanID().String() != spanID) {
			t.Errorf("%s: %q: got %v-%v", propagator, parent, sc.TraceID(), sc.SpanID())
		}
		flags, _ := strconv.ParseUint(fields[3]+fields[6], 16, 8)
		if valid && sc.TraceFlags() != trace.TraceFlags(flags)&(trace.FlagsSampled|trace.FlagsRandom) {
			t.Errorf("%s: %q: got flags %v", propagator, parent, sc.TraceFlags())
		}
	}
	if sc.IsValid() != valid || sc.IsRemote() != valid {
		t.Errorf("%s: %q: got %v, want a caller: %v", propagator, parent, sc, valid)
	}
	if state := sc.TraceState().String(); len(state) > maxStateLength || sc.TraceState().Len() > maxStateMembers || !utf8.ValidString(state) || !valid && state != "" {
		t.Errorf("%s: %q: got tracestate %q", propagator, parent, state)
	}
}

// checkBaggage checks the baggage in ctx against the limits of W3C Baggage,
// section 3.3.2.
func checkBaggage(ctx context.Context, t *testing.T, propagator, members string) {
	t.Helper()
	got := baggage.FromContext(ctx)
	if got.Len() > 64 || len(got.String()) > 8192 {
		t.Errorf("%s: got %d members of baggage in %d bytes, more than is asked for", propagator, got.Len(), len(got.String()))
	}
	for _, member := range got.Members() {
		if !utf8.ValidString(member.Key() + member.Value()) {
			t.Errorf("%s: %q: got %q, which is not UTF-8", propagator, members, member)
		}
	}
}

func FuzzTraceState(f *testing.F) {
	for _, seed := range []string{"", "a=1", "a=1,b=2", "a=1,a=2", " a = 1 ", ",,,", "a\tb", strings.Repeat("a=1,", 40), strings.Repeat("k", 600)} {
		f.Add(seed, "b=2")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		got := joinTracestate([]string{first, second})
		if joinedTwice := joinTracestate([]string{got}); joinedTwice != got {
			t.Errorf("%q, %q: got %q, and %q from that", first, second, got, joinedTwice)
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
		if len(members) > maxStateMembers || len(got) > maxStateLength {
			t.Errorf("got %d members in %d bytes, want no more than %d in %d", len(members), len(got), maxStateMembers, maxStateLength)
		}
	})
}

func TestCarrierJoinsHeadersAndIsReadOnly(t *testing.T) {
	header := propagation.HeaderCarrier{
		"Traceparent": {"one", "two"}, "Tracestate": {"a=1", "b=2"}, "Baggage": {"k=1", "l=2"}, "X-B3-Traceid": {"t"},
	}
	c := &carrier{header}
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

func TestReadingAValidTracestateDoesNotAllocate(t *testing.T) {
	states := []string{"congo=t61rcWkgMzE"}
	if n := testing.AllocsPerRun(100, func() {
		if joinTracestate(states) != states[0] {
			t.Error("not as it was sent")
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
