package httpserver

import (
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

func TestLimitText(t *testing.T) {
	tests := []struct {
		name  string
		s     string
		limit int
		want  string
	}{
		{"empty", "", 4, ""},
		{"short", "abc", 4, "abc"},
		{"just fits", "abcd", 4, "abcd"},
		{"cut", "abcdef", 4, "abcd"},
		{"cut between characters", "éééé", 4, "éé"},
		{"cut within two bytes", "aéé", 4, "aé"},
		{"cut within three bytes", "ab€c", 4, "ab"},
		{"cut within four bytes", "a😀b", 4, "a"},
		{"cut before a replacement character", "\uFFFD\uFFFD", 4, "\uFFFD"},
		{"invalid byte", "a\xffb", 9, "a\uFFFDb"},
		{"several invalid bytes", "a\xff\xfe\xfdb", 9, "a\uFFFDb"},
		{"cut after the replacement", "\xffa\xffa", 4, "\uFFFDa"},
		{"invalid byte at the cut", "abc\xff\xffd", 4, "abc"},
		{"NUL is valid", "a\x00b", 4, "a\x00b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := limitText(test.s, test.limit); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLimitTextCopiesTruncatedString(t *testing.T) {
	whole := strings.Repeat("a", 10)
	sharesMemory := func(s string) bool { return unsafe.StringData(s) == unsafe.StringData(whole) }
	if got := limitText(whole, 10); !sharesMemory(got) {
		t.Error("a string that may be kept was copied")
	}
	if got := limitText(whole, 5); sharesMemory(got) {
		t.Error("a part keeps the whole string in memory")
	}
}

func FuzzLimitText(f *testing.F) {
	for _, seed := range []string{"", "plain", "\xff", "\xffa\xffa\xff", "é€😀", "\uFFFD\xef\xbf", strings.Repeat("😀", 9)} {
		f.Add(seed, 7)
		f.Add(seed, 4)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 4 + max(0, limit)%64
		got := limitText(s, limit)
		if !utf8.ValidString(got) {
			t.Errorf("%q: got %q, which is not valid UTF-8", s, got)
		}
		if len(got) > limit {
			t.Errorf("%q: got %d bytes, want no more than %d", s, len(got), limit)
		}
		if limitedTwice := limitText(got, limit); limitedTwice != got {
			t.Errorf("%q: got %q, and %q from that", s, got, limitedTwice)
		}
		if utf8.ValidString(s) {
			if !strings.HasPrefix(s, got) {
				t.Errorf("%q: got %q, which is not its beginning", s, got)
			}
			if len(s) > limit && len(got) <= limit-2*utf8.UTFMax {
				t.Errorf("%q: got only %d bytes of %d", s, len(got), limit)
			}
		}
	})
}
