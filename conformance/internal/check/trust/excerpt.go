package trust

import "strings"

// excerpt describes where a secret, text[at:end], is in an export in the text format of
// protobuf: the last name and key before it, and the beginning of the value.
func excerpt(text string, at, end int) string {
	const maxPart = 90
	before := text[:at]
	var parts []string
	for _, field := range []string{"name:", "key:"} {
		if from := strings.LastIndex(before, field); from >= 0 {
			line, _, _ := strings.Cut(before[from:], "\n")
			parts = append(parts, line[:min(len(line), maxPart)])
			before = before[from+len(line):]
		}
	}
	return normalizeSpace(strings.Join(append(parts, before[max(0, len(before)-maxPart):]+text[at:end]), " "))
}

// normalizeSpace makes one space of line breaks and indentation.
func normalizeSpace(text string) string { return strings.Join(strings.Fields(text), " ") }
