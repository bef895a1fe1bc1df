package httpserver

import (
	"errors"
	"net/textproto"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver/internal/redact"
	"github.com/samespan/samespan/core/httpserver/internal/setting"
)

const (
	requestHeaderKeyPrefix  = "http.request.header."
	responseHeaderKeyPrefix = "http.response.header."
	// maxHeaderValues limits how many values of a header are recorded.
	maxHeaderValues = 32
)

// defaultSanitizedHeaders are headers that contain credentials. Their values are redacted
// even if the configuration lists the headers as captured.
var defaultSanitizedHeaders = []string{"authorization", "proxy-authorization", "cookie", "set-cookie"}

// anyCaseHeader makes header names case-insensitive for functions of the application.
type anyCaseHeader struct{ Header }

func (h anyCaseHeader) Get(name string) string {
	return h.Header.Get(textproto.CanonicalMIMEHeaderKey(name))
}

func (h anyCaseHeader) Values(name string) []string {
	return h.Header.Values(textproto.CanonicalMIMEHeaderKey(name))
}

// capturedHeader is a header to record.
type capturedHeader struct {
	// name is the name of the header in canonical form.
	name string
	// key is the key of the span attribute.
	key        attribute.Key
	mustRedact bool
}

// newCapturedHeaders returns the headers called names. prefix is the prefix of the attributes'
// keys, and sanitize selects the headers to redact.
func newCapturedHeaders(prefix string, names []string, sanitize headerPatterns) ([]capturedHeader, error) {
	var (
		captured []capturedHeader
		problems []error
	)
	for _, name := range names {
		name = strings.TrimSpace(name)
		if !isToken(name) {
			problems = append(problems, setting.Invalid("captured header", name, "a header name such as X-Request-Id"))
			continue
		}
		header := capturedHeader{
			name: textproto.CanonicalMIMEHeaderKey(name),
			key:  attribute.Key(prefix + strings.ToLower(name)),
		}
		for _, sanitizer := range sanitize {
			header.mustRedact = header.mustRedact || sanitizer.pattern.MatchString(name)
		}
		captured = append(captured, header)
	}
	return captured, errors.Join(problems...)
}

// headerPattern selects headers by a name or by an expression that matches the whole name.
type headerPattern struct {
	// text is the configured name or expression.
	text    string
	pattern *regexp.Regexp
}

type headerPatterns []headerPattern

// texts returns the configured names and expressions.
func (s headerPatterns) texts() []string {
	texts := make([]string, len(s))
	for i, sanitizer := range s {
		texts[i] = sanitizer.text
	}
	return texts
}

// newHeaderPatterns compiles texts, which are header names and expressions. If texts is
// nil, it compiles defaultSanitizedHeaders.
func newHeaderPatterns(texts []string) (headerPatterns, error) {
	if texts == nil {
		texts = defaultSanitizedHeaders
	}
	var (
		compiled headerPatterns
		problems []error
	)
	for _, text := range texts {
		text = strings.TrimSpace(text)
		pattern, err := compileHeaderPattern(text)
		if err != nil {
			problems = append(problems, setting.Invalid("sanitized header", text, "the name of one header, or an RE2 expression for names"))
			continue
		}
		compiled = append(compiled, headerPattern{text: text, pattern: pattern})
	}
	return compiled, errors.Join(problems...)
}

// compileHeaderPattern compiles a header name or an expression. It returns an error for text
// that can match no header, such as "" or "cookie,authorization": in place of the default, such
// text would leave credentials unredacted.
func compileHeaderPattern(text string) (*regexp.Regexp, error) {
	if !isToken(text) && !strings.ContainsAny(text, `\()[]{}?`) {
		return nil, errors.New("not the name of a header")
	}
	if _, err := regexp.Compile(text); err != nil {
		return nil, err
	}
	return regexp.Compile("(?i)^(?:" + text + ")$")
}

// appendRequestHeaders is [appendHeaders] for a request. If the headers do not include
// Host, it uses req.Host: net/http removes Host from the headers, and HTTP/2 and HTTP/3
// send a pseudo-header in its place.
func appendRequestHeaders(dst []attribute.KeyValue, captured []capturedHeader, req *Request) []attribute.KeyValue {
	for i, c := range captured {
		if c.name == "Host" && req.Host != "" && (req.Header == nil || len(req.Header.Values("Host")) == 0) {
			dst = append(dst, c.attribute([]string{req.Host}))
			continue
		}
		dst = appendHeaders(dst, captured[i:i+1], req.Header)
	}
	return dst
}

// appendHeaders adds an array attribute for each captured header that is
// present.
func appendHeaders(dst []attribute.KeyValue, captured []capturedHeader, header Header) []attribute.KeyValue {
	if header == nil {
		return dst
	}
	for _, c := range captured {
		values := header.Values(c.name)
		if len(values) == 0 {
			continue
		}
		dst = append(dst, c.attribute(values))
	}
	return dst
}

// attribute returns the attribute of the header's values.
func (c *capturedHeader) attribute(values []string) attribute.KeyValue {
	recorded := make([]string, min(len(values), maxHeaderValues))
	for i := range recorded {
		if c.mustRedact {
			recorded[i] = redact.Redacted
		} else {
			recorded[i] = validText(values[i])
		}
	}
	return c.key.StringSlice(recorded)
}
