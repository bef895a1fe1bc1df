package guide

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
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
	formatVerb = regexp.MustCompile(`%[#+]?\.?\d*[a-vxyzT]`)
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
	for _, file := range publishedFiles(t) {
		for _, text := range stringsIn(file) {
			found = append(found, literalPatterns(text)...)
		}
	}
	return found
}

// publishedFiles returns the syntax trees of the published code, by path.
func publishedFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	found := make(map[string]*ast.File)
	for _, name := range repositoryFiles(t, ".go") {
		if strings.HasPrefix(name, "conformance/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, readDocument(t, name), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = file
	}
	return found
}

// stringsIn returns the values of all string literals in n.
func stringsIn(n ast.Node) []string {
	var found []string
	ast.Inspect(n, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

// TestTroubleshootingExplainsMessages checks that TROUBLESHOOTING.md has every message that
// the code logs as a warning or an error, every advice about a failed export, and every
// value of error.type of the metrics about telemetry: somebody who searches the page for a
// message must find it.
func TestTroubleshootingExplainsMessages(t *testing.T) {
	page := readDocument(t, "core/TROUBLESHOOTING.md")
	messages, errorTypes := 0, 0
	for name, file := range publishedFiles(t) {
		if strings.HasSuffix(path.Dir(name), "test") || strings.Contains(name, "/example") {
			continue // helpers of tests, and services that only show how to use the packages
		}
		for _, text := range messagesIn(file) {
			for _, pattern := range literalPatterns(text) {
				messages++
				if !pattern.MatchString(page) {
					t.Errorf("%s: core/TROUBLESHOOTING.md does not explain %q", name, text)
				}
			}
		}
		for _, errorType := range errorTypesIn(file) {
			errorTypes++
			if !strings.Contains(page, "`"+errorType+"`") {
				t.Errorf("%s: core/TROUBLESHOOTING.md does not explain error.type %q", name, errorType)
			}
		}
	}
	if messages < 50 || errorTypes < 20 {
		t.Errorf("got %d messages and %d values of error.type, want those of the code", messages, errorTypes)
	}
}

// messagesIn returns the messages that the code in file logs as warnings and errors, and the
// advice that it adds to them.
func messagesIn(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := lastName(n.Fun)
			if i, ok := messageArgument[name]; ok && i < len(n.Args) {
				found = append(found, stringsIn(n.Args[i])...)
			}
			for _, argument := range n.Args {
				if call, ok := argument.(*ast.CallExpr); ok && takesError[name] && (lastName(call.Fun) == "Errorf" || lastName(call.Fun) == "New") {
					found = append(found, stringsIn(call)...)
				}
			}
		case *ast.KeyValueExpr:
			if name := lastName(n.Key); name == "Message" || name == "advice" {
				found = append(found, stringsIn(n.Value)...)
			}
		case *ast.ValueSpec:
			name := n.Names[0].Name
			if isDropReason(n) {
				found = append(found, stringsIn(n)[0])
			} else if strings.HasPrefix(strings.ToLower(name), "message") || strings.HasSuffix(name, "Advice") {
				found = append(found, stringsIn(n)...)
			}
		}
		return true
	})
	return found
}

var (
	// messageArgument has the functions that log a message, with the index of that argument.
	messageArgument = map[string]int{"Warn": 0, "Error": 0, "WarnContext": 1, "ErrorContext": 1, "logSelf": 1, "logKind": 0}
	// takesError has the functions that log an error.
	takesError = map[string]bool{"Handle": true, "Report": true, "report": true, "addAdvice": true}
)

// errorTypesIn returns the values of error.type that the code in file gives to the metrics
// about telemetry.
func errorTypesIn(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if file.Name.Name == "exporterror" && lastName(n.Key) == "errorType" {
				found = append(found, stringsIn(n.Value)...)
			}
		case *ast.ValueSpec:
			if isDropReason(n) {
				texts := stringsIn(n)
				found = append(found, texts[1:]...)
			} else if file.Name.Name == "exporterror" && !strings.HasSuffix(n.Names[0].Name, "Advice") {
				for _, value := range n.Values {
					if literal, ok := value.(*ast.BasicLit); ok {
						found = append(found, stringsIn(literal)...)
					}
				}
			}
		}
		return true
	})
	return found
}

// isDropReason reports whether spec declares a reason why telemetry was dropped: a message
// and, unless it is a constant, a value of error.type.
func isDropReason(spec *ast.ValueSpec) bool {
	if len(spec.Values) != 1 {
		return false
	}
	literal, ok := spec.Values[0].(*ast.CompositeLit)
	return ok && lastName(literal.Type) == "dropReason"
}

// lastName returns the name that n ends with, such as Warn for logger().Warn. It returns ""
// if n is neither a name nor a selector.
func lastName(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	}
	return ""
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
	text = strings.ReplaceAll(text, "%%", "%")
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
		case "<USE_HTTP>":
			return "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf"
		case "<USE_GRPC>":
			return "set OTEL_EXPORTER_OTLP_PROTOCOL to grpc"
		case "<TEMPORALITY>":
			return "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
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
