package settings

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// keyValue is one element of a list in the format key=value,key=value.
type keyValue struct{ key, value string }

// parsePairs parses the format of OTEL_RESOURCE_ATTRIBUTES and
// OTEL_EXPORTER_OTLP_HEADERS. It is the format of W3C baggage without properties: pairs
// separated by commas, with percent-encoded keys and values. Empty elements, such as
// after a trailing comma, are ignored. Errors contain positions but no text of the list,
// which may have credentials.
func parsePairs(list string) ([]keyValue, error) {
	var pairs []keyValue
	position := 0
	for element := range strings.SplitSeq(list, ",") {
		position++
		if element = strings.TrimSpace(element); element == "" {
			continue
		}
		key, value, found := strings.Cut(element, "=")
		if !found {
			return nil, fmt.Errorf("element %d has no equals sign", position)
		}
		key, err := url.PathUnescape(strings.TrimSpace(key))
		if err != nil || !utf8.ValidString(key) {
			return nil, fmt.Errorf("the key of element %d is not percent-encoded UTF-8", position)
		}
		if key == "" {
			return nil, fmt.Errorf("element %d has no key", position)
		}
		value, err = url.PathUnescape(strings.TrimSpace(value))
		if err != nil || !utf8.ValidString(value) {
			return nil, fmt.Errorf("the value of element %d is not percent-encoded UTF-8", position)
		}
		pairs = append(pairs, keyValue{key: key, value: value})
	}
	return pairs, nil
}
