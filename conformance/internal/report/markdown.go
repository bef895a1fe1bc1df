package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/samespan/samespan/conformance"
)

// Markdown writes the matrix as tables, followed by the failures.
func Markdown(w io.Writer, reports []conformance.Report) error {
	b := bufio.NewWriter(w)
	row := func(cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	header, rule := []string{"check", "level"}, []string{"---", "---"}
	for i := range reports {
		header, rule = append(header, escapeMarkdown(reports[i].Subject.Name)), append(rule, ":-:")
	}
	row(header...)
	row(rule...)
	for _, c := range Checks(reports) {
		cells := []string{linkToCheck(&c), string(c.Level)}
		for i := range reports {
			word := outcomeWords[Outcome(&reports[i], c.ID)]
			if word == "FAIL" || word == "ERROR" {
				word = "**" + word + "**"
			}
			cells = append(cells, word)
		}
		row(cells...)
	}
	fmt.Fprintln(b)
	counts := []string{"subject", "framework", "instrumentation"}
	for _, o := range conformance.Outcomes() {
		counts = append(counts, string(o))
	}
	for _, level := range levels {
		counts = append(counts, failureHeadings[level])
	}
	row(counts...)
	row(strings.Split("---"+strings.Repeat(" ---", len(counts)-1), " ")...)
	for i := range reports {
		s := reports[i].Subject
		cells := []string{escapeMarkdown(s.Name), escapeMarkdown(withVersion(s.Framework, s.FrameworkVersion)), escapeMarkdown(withVersion(s.Instrumentation, s.InstrumentationVersion))}
		for _, o := range conformance.Outcomes() {
			cells = append(cells, fmt.Sprint(reports[i].Count(o)))
		}
		for _, level := range levels {
			cells = append(cells, fmt.Sprint(countFailures(&reports[i], level)))
		}
		row(cells...)
	}
	for i := range reports {
		writeMarkdownFailures(b, &reports[i])
	}
	return b.Flush()
}

// writeMarkdownFailures writes the failures of one subject.
func writeMarkdownFailures(w io.Writer, report *conformance.Report) {
	first := true
	for i := range report.Results {
		result := &report.Results[i]
		switch result.Outcome {
		case conformance.Fail, conformance.Error, conformance.KnownFailure:
		default:
			continue
		}
		if first {
			fmt.Fprintf(w, "\n## %s\n\n", escapeMarkdown(report.Subject.Name))
			first = false
		}
		fmt.Fprintf(w, "- **%s**", linkToCheck(&result.Check))
		if result.Check.Level != "" {
			fmt.Fprintf(w, " (%s)", result.Check.Level)
		}
		fmt.Fprintf(w, ", %s", result.Outcome)
		if result.Reason != "" {
			fmt.Fprintf(w, ": %s", escapeMarkdown(result.Reason))
		}
		fmt.Fprintf(w, ". %s (%s)\n", escapeMarkdown(result.Check.Rule), escapeMarkdown(result.Check.Source))
		for _, problem := range result.Problems {
			fmt.Fprintf(w, "  - %s\n", escapeMarkdown(problem.String()))
		}
		if result.Check.Hint != "" && result.Outcome != conformance.Error {
			fmt.Fprintf(w, "  - Hint: %s\n", escapeMarkdown(result.Check.Hint))
		}
	}
}

// linkToCheck returns the check's id with a link to its documentation.
func linkToCheck(c *conformance.Check) string {
	if !strings.HasPrefix(c.Help, "https://") || strings.ContainsAny(c.Help, " ()<>\n") {
		return escapeMarkdown(c.ID)
	}
	return "[" + escapeMarkdown(c.ID) + "](" + c.Help + ")"
}

// escapeMarkdown escapes Markdown's special characters and line breaks.
func escapeMarkdown(s string) string {
	return markdownEscaper.Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// markdownEscaper escapes Markdown's special characters.
var markdownEscaper = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]",
)
