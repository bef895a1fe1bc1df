package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tableRows returns the rows below header, the first line of a Markdown table. Each row has
// a cell for each column.
func tableRows(document, header string) [][]string {
	_, remaining, _ := strings.Cut(document, "\n"+header+"\n")
	var rows [][]string
	for line := range strings.Lines(remaining) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if !strings.HasPrefix(cells[0], "---") {
			rows = append(rows, cells)
		}
	}
	return rows
}

// inlineCodePattern matches inline code with its backquotes.
var inlineCodePattern = regexp.MustCompile("`[^`]+`")

// inlineCodeIn returns the inline code in a table cell: each piece of code that begins with
// prefix.
func inlineCodeIn(cell, prefix string) (found []string) {
	for _, quoted := range inlineCodePattern.FindAllString(cell, -1) {
		if text := strings.Trim(quoted, "`"); strings.HasPrefix(text, prefix) {
			found = append(found, text)
		}
	}
	return found
}

// expandBraces expands braces like a shell: a{b,c} becomes ab and ac.
func expandBraces(pattern string) []string {
	before, remaining, found := strings.Cut(pattern, "{")
	if !found {
		return []string{pattern}
	}
	inside, after, _ := strings.Cut(remaining, "}")
	var all []string
	for choice := range strings.SplitSeq(inside, ",") {
		for _, suffix := range expandBraces(after) {
			all = append(all, before+choice+suffix)
		}
	}
	return all
}

// tableDifference returns the differences between the names in a table and the existing
// names: names that are missing, duplicate or unknown.
func tableDifference(named, existing []string) (problems []string) {
	for _, name := range existing {
		if !slices.Contains(named, name) {
			problems = append(problems, name+" is not in the table")
		}
	}
	for i, name := range named {
		if !slices.Contains(existing, name) {
			problems = append(problems, name+" is in the table, but there is no such thing")
		}
		if slices.Contains(named[:i], name) {
			problems = append(problems, name+" is in the table twice")
		}
	}
	return problems
}

// differingDefaults compares the documented defaults, in the last column of the rows, with
// the effective values, and returns the differences. The first column of a row is the key in
// effective. A row without an effective value is a difference, and so is an effective value
// without a row.
func differingDefaults(rows [][]string, effective map[string]string) (problems []string) {
	seen := make(map[string]bool)
	for _, row := range rows {
		setting, documented := row[0], row[len(row)-1]
		actual, exists := effective[setting]
		switch {
		case !exists:
			problems = append(problems, fmt.Sprintf("%s: the default %q is not checked", setting, documented))
		case actual != documented:
			problems = append(problems, fmt.Sprintf("%s: the table has the default %q, the effective value is %q", setting, documented, actual))
		}
		seen[setting] = true
	}
	for setting, actual := range effective {
		if !seen[setting] {
			problems = append(problems, fmt.Sprintf("%s: the table has no such row, the effective value is %q", setting, actual))
		}
	}
	return problems
}

// TestTableComparisonsFindDifferences proves that tableDifference and differingDefaults
// find errors in a table.
func TestTableComparisonsFindDifferences(t *testing.T) {
	rows := tableRows("text\n\n| what | variable | default |\n|---|--:|---|\n| queue | `OTEL_{A,B}_SIZE`, `x` or `OTEL_C` | 2048 |\n| off | | on |\n\n| other | table |\n", "| what | variable | default |")
	if fmt.Sprint(rows) != fmt.Sprint([][]string{{"queue", "`OTEL_{A,B}_SIZE`, `x` or `OTEL_C`", "2048"}, {"off", "", "on"}}) {
		t.Fatalf("got rows %q", rows)
	}
	var named []string
	for _, pattern := range inlineCodeIn(rows[0][1], "OTEL_") {
		named = append(named, expandBraces(pattern)...)
	}
	for name, test := range map[string]struct {
		got  []string
		want string
	}{
		"all is well":      {tableDifference(named, []string{"OTEL_A_SIZE", "OTEL_B_SIZE", "OTEL_C"}), "[]"},
		"a missing row":    {tableDifference(named, []string{"OTEL_A_SIZE", "OTEL_B_SIZE", "OTEL_C", "OTEL_D"}), "[OTEL_D is not in the table]"},
		"an extra row":     {tableDifference(named, []string{"OTEL_A_SIZE", "OTEL_C"}), "[OTEL_B_SIZE is in the table, but there is no such thing]"},
		"a row twice":      {tableDifference(append(named, "OTEL_C"), named), "[OTEL_C is in the table twice]"},
		"the defaults":     {differingDefaults(rows, map[string]string{"queue": "2048", "off": "on"}), "[]"},
		"another default":  {differingDefaults(rows, map[string]string{"queue": "1024", "off": "on"}), `[queue: the table has the default "2048", the effective value is "1024"]`},
		"a new setting":    {differingDefaults(rows, map[string]string{"off": "on"}), `[queue: the default "2048" is not checked]`},
		"a setting hidden": {differingDefaults(rows, map[string]string{"queue": "2048", "off": "on", "batch": "512"}), `[batch: the table has no such row, the effective value is "512"]`},
		"empty braces":     {expandBraces("A_{,B_}{C,D}"), "[A_C A_D A_B_C A_B_D]"},
		"another table":    {nil, fmt.Sprint(tableRows("| a | b |\n| 1 | 2 |\n", "| what | default |"))},
	} {
		if got := fmt.Sprint(test.got); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
