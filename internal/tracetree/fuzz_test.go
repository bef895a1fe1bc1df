package tracetree

import (
	"io"
	"strings"
	"testing"
	"unicode"
)

// FuzzPrintable proves that strings which clients choose contain no control characters
// when they are printed.
func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m", "a\xffb", "\u202e", "é\u0301", "\r\n\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range escapeUnprintable(s) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q: got %q in it", s, r)
			}
		}
		if strings.ContainsAny(quoteValue(s), "\n\r\x1b") {
			t.Fatalf("%q: got %q", s, quoteValue(s))
		}
		spans := []Span{{TraceID: s, SpanID: s, ParentID: s, Name: s, Kind: Kind(s), Service: s, StatusMessage: s, Status: StatusError}}
		if err := Write(io.Discard, spans, WithWidth(60)); err != nil {
			t.Fatal(err)
		}
	})
}
