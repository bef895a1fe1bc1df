// Package redact removes secrets in URLs from telemetry. It does not depend on spans, and
// imports only the standard library.
package redact

import (
	"net/url"
	"strings"
)

// Redacted replaces a secret.
const Redacted = "REDACTED"

// DefaultQueryKeys has the keys in the note on url.query of the HTTP semantic conventions
// v1.43, and AWSAccessKeyId and Signature, which were in the list until v1.41 and are again
// after v1.44. URLs that CloudFront has signed have the key Signature.
var DefaultQueryKeys = []string{
	"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature",
}

// Query replaces the values of sensitive keys and keeps everything else,
// including order and encoding. It returns query itself if there is nothing to
// replace.
func Query(query string, sensitive map[string]struct{}) string {
	if len(sensitive) == 0 {
		return query
	}
	var out strings.Builder
	copiedTo := 0
	for start := 0; start < len(query); {
		end := len(query)
		if i := strings.IndexByte(query[start:], '&'); i >= 0 {
			end = start + i
		}
		key, value, _ := strings.Cut(query[start:end], "=")
		if value != "" && isSensitive(key, sensitive) {
			valueStart := end - len(value)
			out.WriteString(query[copiedTo:valueStart])
			out.WriteString(Redacted)
			copiedTo = end
		}
		start = end + 1
	}
	if copiedTo == 0 {
		return query
	}
	out.WriteString(query[copiedTo:])
	return out.String()
}

// isSensitive reports whether key, as it is written in a query, is one of sensitive.
func isSensitive(key string, sensitive map[string]struct{}) bool {
	if strings.ContainsAny(key, "%+") {
		// The application decodes keys, so s%69g means sig.
		if decoded, err := url.QueryUnescape(key); err == nil {
			key = decoded
		}
	}
	_, ok := sensitive[key]
	return ok
}
