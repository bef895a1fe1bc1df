package redact

import (
	"net/url"
	"strings"
	"testing"
)

// sensitiveKeys are the keys whose values the tests redact.
var sensitiveKeys = map[string]struct{}{"sig": {}, "X-Amz-Signature": {}, "a key": {}, "": {}}

func TestQuery(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", ""},
		{"a=1", "a=1"},
		{"sig=secret", "sig=REDACTED"},
		{"a=1&sig=secret&b=2", "a=1&sig=REDACTED&b=2"},
		{"&&sig=secret&&", "&&sig=REDACTED&&"},
		{"sig", "sig"},
		{"sig=", "sig="},
		{"sig==", "sig=REDACTED"},
		{"sig=a=b", "sig=REDACTED"},
		{"xsig=1&sigx=2&SIG=3", "xsig=1&sigx=2&SIG=3"},
		{"%73ig=secret", "%73ig=REDACTED"},
		{"a+key=secret&a%20key=secret", "a+key=REDACTED&a%20key=REDACTED"},
		{"%zzsig=kept", "%zzsig=kept"},
		{"=secret", "=REDACTED"},
		{"a=1;sig=secret", "a=1;sig=secret"},
		{"q=sig=1", "q=sig=1"},
		{"sig=\xff\x00", "sig=REDACTED"},
	}
	for _, test := range tests {
		if got := Query(test.query, sensitiveKeys); got != test.want {
			t.Errorf("%q: got %q, want %q", test.query, got, test.want)
		}
	}
	const query = "sig=secret"
	if got := Query(query, nil); got != query {
		t.Errorf("got %q without sensitive keys, want %q", got, query)
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&sig=secret", "s%69g=x&&sig", "sig=&sig==", "a+key=1", "%=1&+=2", "sig=REDACTED", "\xff=\xff&sig=\xff", "a;sig=1&X-Amz-Signature=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := Query(query, sensitiveKeys)
		if redactedTwice := Query(got, sensitiveKeys); redactedTwice != got {
			t.Errorf("%q: got %q, and %q from that", query, got, redactedTwice)
		}
		// Each value that the application reads must be hidden if its key is
		// sensitive, and otherwise unchanged.
		before, after := strings.Split(query, "&"), strings.Split(got, "&")
		if len(before) != len(after) {
			t.Fatalf("%q: got %q with %d pairs, want %d", query, got, len(after), len(before))
		}
		for i := range before {
			want := before[i]
			key, value, _ := strings.Cut(want, "=")
			decoded, err := url.QueryUnescape(key)
			if err != nil {
				decoded = key
			}
			if _, secret := sensitiveKeys[decoded]; secret && value != "" {
				want = key + "=" + Redacted
			}
			if after[i] != want {
				t.Errorf("%q: pair %d is %q, want %q", query, i, after[i], want)
			}
		}
		values, _ := url.ParseQuery(got)
		for key := range sensitiveKeys {
			for _, value := range values[key] {
				if value != "" && value != Redacted {
					t.Errorf("%q: %s=%q survived in %q", query, key, value, got)
				}
			}
		}
	})
}
