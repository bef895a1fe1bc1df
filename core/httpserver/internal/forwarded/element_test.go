package forwarded

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseForwarded(t *testing.T) {
	const all = paramFor | paramProto | paramHost
	tests := []struct {
		entry string
		want  forwardedElement
	}{
		{"", forwardedElement{}},
		{"for=192.0.2.1", forwardedElement{client: "192.0.2.1", params: paramFor}},
		{`For="[2001:db8::1]:80"; PROTO=https;Host=shop.example`, forwardedElement{"[2001:db8::1]:80", "https", "shop.example", all}},
		{"by=10.0.0.1;secret=x;for=unknown", forwardedElement{client: "unknown", params: paramFor}},
		{"for", forwardedElement{params: paramFor}},
		{"for=;proto=", forwardedElement{params: paramFor | paramProto}},
		{`for="`, forwardedElement{params: paramFor}},
		{`for=""`, forwardedElement{params: paramFor}},
		{`for="192.0.2.1`, forwardedElement{params: paramFor}},
		{";;=;", forwardedElement{}},
		{`host="a;for=1.1.1.1";for=192.0.2.1`, forwardedElement{client: "192.0.2.1", host: "a;for=1.1.1.1", params: paramFor | paramHost}},
		{`host="a\"b\\";for=192.0.2.1`, forwardedElement{client: "192.0.2.1", host: `a"b\`, params: paramFor | paramHost}},
		{`host="a\";for=1.1.1.1`, forwardedElement{params: paramHost}},
		{"for=192.0.2.1;host=a;for=1.1.1.1", forwardedElement{params: paramFor | paramHost}},
		{"host=a;FOR=192.0.2.1;Host=b", forwardedElement{params: paramFor | paramHost}},
		{"for=;for=1.1.1.1", forwardedElement{params: paramFor}},
		{"proto=https;proto=http", forwardedElement{params: paramProto}},
	}
	for _, test := range tests {
		if got := parseElement(test.entry); got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.entry, got, test.want)
		}
	}
}

func TestLastForwardedElements(t *testing.T) {
	tests := []struct {
		values []string
		// want are the last elements of the result, which may have further elements before
		// them.
		want []string
	}{
		{[]string{"for=a, for=b", "for=c"}, []string{"for=a", "for=b", "for=c"}},
		{[]string{`for=a;host="x, for=b", for=c`}, []string{`for=a;host="x, for=b"`, "for=c"}},
		{[]string{`host="x\", for=b", for=c`}, []string{`host="x\", for=b"`, "for=c"}},
		{[]string{`host="x\\", for=b, for=c`}, []string{`host="x\\"`, "for=b", "for=c"}},
		// An unbalanced quote has no effect on the entries to its right.
		{[]string{`for="a, for=b, for=c`}, []string{"for=c"}},
	}
	for _, test := range tests {
		got := lastForwardedElements(test.values)
		if len(got) > len(test.want) {
			got = got[len(got)-len(test.want):]
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.values, got, test.want)
		}
	}
}

func FuzzParseForwarded(f *testing.F) {
	for _, seed := range []string{"", "for=a", `for="a\"b"`, `for="`, `host="a;b";for=c`, "for=a;for=b", "\xff=\xff", `"`, `\`, `for="\"`} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, entry, value string) {
		got := parseElement(entry)
		for name, parameter := range map[string]string{"for": got.client, "proto": got.proto, "host": got.host} {
			if parameter != "" && !strings.Contains(strings.ToLower(entry), name) {
				t.Errorf("%q: got %s=%q, which is not in the element", entry, name, parameter)
			}
		}
		// Parsing a quoted value returns the original value.
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
		want := forwardedElement{client: "192.0.2.1", host: value, params: paramFor | paramHost}
		if got := parseElement("host=" + quoted + ";for=192.0.2.1"); got != want {
			t.Errorf("host=%s: got %+v, want %+v", quoted, got, want)
		}
		entries := lastForwardedElements([]string{entry + ",host=" + quoted})
		if last := entries[len(entries)-1]; last != "host="+quoted {
			t.Errorf("%q, then host=%s: got %q as the last", entry, quoted, last)
		}
		if first, last := indexOutsideQuotes(quoted, ','), lastIndexOutsideQuotes(quoted, ','); first != -1 || last != -1 {
			t.Errorf("%s: got a separator at %d and %d, want none: it is quoted", quoted, first, last)
		}
	})
}
