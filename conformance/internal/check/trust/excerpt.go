package trust

import "strings"

// excerpt describes where a secret was found. text is an exported message in the text
// format of protobuf, and text[at:end] is the secret. The result has the last "name:" and
// the last "key:" before the secret, and the secret with some text before it.
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

// normalizeSpace replaces each sequence of spaces and line breaks by one space.
func normalizeSpace(text string) string { return strings.Join(strings.Fields(text), " ") }
