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
		header, rule = append(header, escape(reports[i].Subject.Name)), append(rule, ":-:")
	}
	row(header...)
	row(rule...)
	for _, c := range Checks(reports) {
		cells := []string{linked(&c), string(c.Level)}
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
		counts = append(counts, failedColumns[level])
	}
	row(counts...)
	row(strings.Split("---"+strings.Repeat(" ---", len(counts)-1), " ")...)
	for i := range reports {
		s := reports[i].Subject
		cells := []string{escape(s.Name), escape(withVersion(s.Framework, s.FrameworkVersion)), escape(withVersion(s.Instrumentation, s.InstrumentationVersion))}
		for _, o := range conformance.Outcomes() {
			cells = append(cells, fmt.Sprint(reports[i].Count(o)))
		}
		for _, level := range levels {
			cells = append(cells, fmt.Sprint(failed(&reports[i], level)))
		}
		row(cells...)
	}
	for i := range reports {
		markdownFailures(b, &reports[i])
	}
	return b.Flush()
}

// markdownFailures writes what is wrong with one subject.
func markdownFailures(w io.Writer, report *conformance.Report) {
	first := true
	for i := range report.Results {
		result := &report.Results[i]
		switch result.Outcome {
		case conformance.Fail, conformance.Error, conformance.KnownFailure:
		default:
			continue
		}
		if first {
			fmt.Fprintf(w, "\n## %s\n\n", escape(report.Subject.Name))
			first = false
		}
		fmt.Fprintf(w, "- **%s**", linked(&result.Check))
		if result.Check.Level != "" {
			fmt.Fprintf(w, " (%s)", result.Check.Level)
		}
		fmt.Fprintf(w, ", %s", result.Outcome)
		if result.Reason != "" {
			fmt.Fprintf(w, ": %s", escape(result.Reason))
		}
		fmt.Fprintf(w, ". %s (%s)\n", escape(result.Check.Rule), escape(result.Check.Source))
		for _, problem := range result.Problems {
			fmt.Fprintf(w, "  - %s\n", escape(problem.String()))
		}
		if result.Check.Hint != "" && result.Outcome != conformance.Error {
			fmt.Fprintf(w, "  - Hint: %s\n", escape(result.Check.Hint))
		}
	}
}

// linked returns the check's id with a link to its documentation.
func linked(c *conformance.Check) string {
	if !strings.HasPrefix(c.Help, "https://") || strings.ContainsAny(c.Help, " ()<>\n") {
		return escape(c.ID)
	}
	return "[" + escape(c.ID) + "](" + c.Help + ")"
}

// escape escapes Markdown's special characters and line breaks.
func escape(s string) string {
	return markdownEscaper.Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

var markdownEscaper = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]",
)
