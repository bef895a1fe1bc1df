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

// TestTroubleshootingQuotesMessages finds every line of the page's log blocks
// in the code: put together from string literals, a verb in which stands for
// any text.
func TestTroubleshootingQuotesMessages(t *testing.T) {
	literals := literals(t)
	quotes := 0
	for _, b := range blocks(read(t, "core/TROUBLESHOOTING.md"), "log") {
		for line := range strings.Lines(b.text) {
			line = strings.TrimSpace(line)
			quotes++
			if !said(literals, line) {
				t.Errorf("core/TROUBLESHOOTING.md:%d: the code does not say %q", b.line, line)
			}
		}
	}
	if quotes < 10 {
		t.Errorf("got %d messages, want those of the page", quotes)
	}
}

var (
	verb        = regexp.MustCompile(`%[#+]?\.?\d*[a-z]`)
	placeholder = regexp.MustCompile(`<([A-Z_]+)>`)
	letters     = regexp.MustCompile(`\pL`)
)

// literals are expressions for the string literals of the published code that
// are long enough to be known by.
func literals(t *testing.T) []*regexp.Regexp {
	t.Helper()
	var found []*regexp.Regexp
	for _, name := range files(t, ".go") {
		if strings.HasPrefix(name, "conformance/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					if expression := spoken(text); expression != nil {
						found = append(found, expression)
					}
				}
			}
			return true
		})
	}
	return found
}

// leastLetters is what a literal must have to be told from others.
const leastLetters = 10

// spoken is an expression for what becomes of a literal, nil for one that is
// too short.
func spoken(text string) *regexp.Regexp {
	if !utf8.ValidString(text) || len(letters.FindAllString(verb.ReplaceAllString(text, ""), -1)) < leastLetters {
		return nil
	}
	// An advice names the rest of a variable's name in angle brackets.
	text = placeholder.ReplaceAllStringFunc(text, func(suffix string) string {
		if suffix == "<EXPORTER>" {
			return "OTEL_TRACES_EXPORTER"
		}
		return "OTEL_EXPORTER_OTLP_" + strings.Trim(suffix, "<>")
	})
	var expression strings.Builder
	last := 0
	for _, at := range verb.FindAllStringIndex(text, -1) {
		expression.WriteString(regexp.QuoteMeta(text[last:at[0]]) + ".+?")
		last = at[1]
	}
	expression.WriteString(regexp.QuoteMeta(text[last:]))
	return regexp.MustCompile(expression.String())
}

// said tells whether every word of the line is within a literal, variable names
// and what a verb stands for aside.
func said(literals []*regexp.Regexp, line string) bool {
	covered := make([]bool, len(line))
	for _, literal := range literals {
		for _, at := range literal.FindAllStringIndex(line, -1) {
			for i := at[0]; i < at[1]; i++ {
				covered[i] = true
			}
		}
	}
	for i, r := range line {
		if !covered[i] && letters.MatchString(string(r)) {
			return false
		}
	}
	return true
}

func TestSaid(t *testing.T) {
	var list []*regexp.Regexp
	for _, text := range []string{"core: telemetry was dropped: ", "the queue is full", "%s of %d is more than the queue", "set <ENDPOINT> or <EXPORTER>", "%s: %w"} {
		if expression := spoken(text); expression != nil {
			list = append(list, expression)
		}
	}
	for line, want := range map[string]bool{
		"core: telemetry was dropped: the queue is full":             true,
		"core: telemetry was dropped: the queue was full":            false,
		"OTEL_BSP_MAX of 3 is more than the queue":                   true,
		"set OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER":    true,
		"set OTEL_EXPORTER_OTLP_CERTIFICATE or OTEL_TRACES_EXPORTER": false,
		"anything: else": false,
	} {
		if got := said(list, line); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}
