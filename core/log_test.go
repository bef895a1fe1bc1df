package core

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// line tells whether one line of the log has all of parts.
func (b *logBuffer) line(parts ...string) bool {
	for line := range strings.Lines(b.String()) {
		if containsAll(line, parts...) {
			return true
		}
	}
	return false
}

func containsAll(s string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}

func numbered(i int) attribute.KeyValue { return attribute.Int("number", i) }
