package guide

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTroubleshootingQuotesMessages checks that TROUBLESHOOTING.md quotes existing
// messages: every line of its log blocks must consist of string literals in the code. A
// formatting verb in a literal matches any text.
func TestTroubleshootingQuotesMessages(t *testing.T) {
	literals := literalPatternsOfCode(t)
	quotes := 0
	for _, b := range codeBlocks(readDocument(t, "core/TROUBLESHOOTING.md"), "log") {
		for line := range strings.Lines(b.code) {
			line = strings.TrimSpace(line)
			quotes++
			if !consistsOfLiterals(literals, line) {
				t.Errorf("core/TROUBLESHOOTING.md:%d: the code does not say %q", b.line, line)
			}
		}
	}
	if quotes < 10 {
		t.Errorf("got %d messages, want those of the page", quotes)
	}
}

var (
	// formatVerb matches a formatting verb of fmt, such as %d.
	formatVerb = regexp.MustCompile(`%[#+]?\.?\d*[a-vxyz]`)
	// placeholder matches a placeholder in a message, such as <ENDPOINT>.
	placeholder = regexp.MustCompile(`<([A-Z_]+)>`)
	// letterPattern matches one letter.
	letterPattern = regexp.MustCompile(`\pL`)
	// settingOrWantPattern matches a variable with its value, and "want". Messages contain
	// these parts, but literalPatterns makes no pattern for them.
	settingOrWantPattern = regexp.MustCompile(`^OTEL_[A-Z_]+="[^"]*"|, want `)
)

// literalPatternsOfCode returns regular expressions for those string literals of the
// published code that are long enough to be recognized.
func literalPatternsOfCode(t *testing.T) []*regexp.Regexp {
	t.Helper()
	found := []*regexp.Regexp{settingOrWantPattern}
	for _, name := range repositoryFiles(t, ".go") {
		if strings.HasPrefix(name, "conformance/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, readDocument(t, name), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					found = append(found, literalPatterns(text)...)
				}
			}
			return true
		})
	}
	return found
}

// minLetters is the minimum number of letters in a literal. A shorter literal would match
// unrelated text.
const minLetters = 8

// literalPatterns splits a string literal at each %w, and returns a regular expression for
// each part. It omits parts with fewer than minLetters letters.
func literalPatterns(text string) []*regexp.Regexp {
	if !utf8.ValidString(text) {
		return nil
	}
	var found []*regexp.Regexp
	for part := range strings.SplitSeq(text, "%w") {
		if len(letterPattern.FindAllString(formatVerb.ReplaceAllString(part, ""), -1)) >= minLetters {
			found = append(found, patternOfFormat(part))
		}
	}
	return found
}

// patternOfFormat returns a regular expression that matches the text that fmt produces from
// the format string text.
func patternOfFormat(text string) *regexp.Regexp {
	// Some messages have placeholders in angle brackets, which the code replaces.
	text = placeholder.ReplaceAllStringFunc(text, func(name string) string {
		switch name {
		case "<OFF>":
			return "set OTEL_TRACES_EXPORTER to none"
		case "<NONE>":
			return "set OTEL_TRACES_EXPORTER=none"
		case "<PROXY>":
			return "HTTPS_PROXY"
		case "<SIZE>":
			return "lower OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"
		}
		return "OTEL_EXPORTER_OTLP_" + strings.Trim(name, "<>")
	})
	var b strings.Builder
	end := 0
	for _, verb := range formatVerb.FindAllStringIndex(text, -1) {
		b.WriteString(regexp.QuoteMeta(text[end:verb[0]]))
		if verb[0] == 0 || verb[1] == len(text) {
			b.WriteString(`[^ :]+`) // at the start or end of the literal, a verb matches exactly one word
		} else {
			b.WriteString(".+?")
		}
		end = verb[1]
	}
	b.WriteString(regexp.QuoteMeta(text[end:]))
	return regexp.MustCompile(b.String())
}

// consistsOfLiterals reports whether a match of one of the patterns covers each letter of the
// line. The patterns are those of the string literals in the source: see patternOfFormat.
func consistsOfLiterals(patterns []*regexp.Regexp, line string) bool {
	covered := make([]bool, len(line))
	for _, pattern := range patterns {
		for _, match := range pattern.FindAllStringIndex(line, -1) {
			for i := match[0]; i < match[1]; i++ {
				covered[i] = true
			}
		}
	}
	for i, r := range line {
		if !covered[i] && letterPattern.MatchString(string(r)) {
			return false
		}
	}
	return true
}

// TestConsistsOfLiterals checks that consistsOfLiterals accepts a line of existing messages,
// and rejects a line with a changed word.
func TestConsistsOfLiterals(t *testing.T) {
	list := []*regexp.Regexp{settingOrWantPattern}
	for _, text := range []string{
		"core: telemetry was dropped: ", "the queue is full", "%s of %d is more than the queue", "set <ENDPOINT>, or <OFF>",
		"requests are still in progress: %w", "not a whole number", "a whole number of %d or more", "%s: %w",
	} {
		list = append(list, literalPatterns(text)...)
	}
	for line, want := range map[string]bool{
		"core: telemetry was dropped: the queue is full":                       true,
		"core: telemetry was dropped: the queue was full":                      false,
		"OTEL_BSP_MAX of 3 is more than the queue":                             true,
		"OTEL_BSP_MAX of 3 is more than a queue":                               false,
		"set OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_TRACES_EXPORTER to none": true,
		"set OTEL_EXPORTER_OTLP_CERTIFICATE":                                   false,
		"requests are still in progress: the queue is full":                    true,
		"requests are still in progress: whatever":                             false,
		`OTEL_X="5s": not a whole number, want a whole number of 0 or more`:    true,
		`OTEL_X="5s": no number, want a whole number of 0 or more`:             false,
		"anything: else": false,
	} {
		if got := consistsOfLiterals(list, line); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}
