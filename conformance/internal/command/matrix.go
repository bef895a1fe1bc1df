package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/report"
	"github.com/samespan/samespan/conformance/internal/report/page"
)

// parallelSubjects is how many subjects are checked at the same time. The limit does not
// depend on the number of CPUs, since checks mostly wait.
const parallelSubjects = 4

// format is an output format of reports.
type format struct {
	extension string // with the dot
	write     func(io.Writer, []conformance.Report) error
}

// formats maps the values of --format to formats.
var formats = map[string]format{
	"text":     {".txt", report.Text},
	"html":     {".html", page.Write},
	"markdown": {".md", report.Markdown},
	"json":     {".json", report.JSON},
	"junit":    {".xml", report.JUnit},
}

// Output are the flags for writing reports.
type Output struct {
	format string // a key of formats
	files  List   // names of the files to write; empty means standard output
}

// Flags registers the flags with a flag set.
func (o *Output) Flags(flags *flag.FlagSet) {
	flags.StringVar(&o.format, "format", "text", "the output `format`: "+strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	flags.Var(&o.files, "o", "write the report to this `file`, or to several files separated by commas (default standard output); the extension .txt, .html, .md, .json or .xml takes precedence over --format")
}

// Validate returns an error if a format is unknown.
func (o *Output) Validate() error {
	if _, ok := formats[o.format]; !ok {
		return fmt.Errorf("--format: got %q, want one of %s", o.format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	}
	return nil
}

// Create creates the files, so that an error is found before anything runs, and
// returns a function that writes the reports.
func (o *Output) Create(out io.Writer) (write func([]conformance.Report) error, err error) {
	if len(o.files) == 0 {
		return func(reports []conformance.Report) error { return formats[o.format].write(out, reports) }, nil
	}
	var files []*os.File
	for _, name := range o.files {
		file, err := os.Create(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return func(reports []conformance.Report) error {
		var problems []error
		for _, file := range files {
			problems = append(problems, o.formatOf(file.Name()).write(file, reports), file.Close())
		}
		return errors.Join(problems...)
	}, nil
}

// formatOf returns the format for the extension of the file name. If the extension is
// unknown, it returns the format that --format sets.
func (o *Output) formatOf(name string) format {
	for _, f := range formats {
		if filepath.Ext(name) == f.extension {
			return f
		}
	}
	return formats[o.format]
}

// Selection are the flags that select checks.
type Selection struct {
	checks List   // patterns of check ids; empty means all checks
	level  string // level of the checks to run; "" means both levels
}

// Flags registers the flags with a flag set.
func (s *Selection) Flags(flags *flag.FlagSet) {
	flags.Var(&s.checks, "check", "run only the checks that match these `globs`, such as trust/*, separated by commas (default all)")
	flags.StringVar(&s.level, "level", "", "run only the checks of this `level`: requirement (of a specification) or choice (of users or this project) (default both)")
}

// Options returns the suite's options for the selection.
func (s *Selection) Options() ([]conformance.Option, error) {
	options := []conformance.Option{conformance.WithChecks(s.checks...)}
	switch level := conformance.Level(s.level); level {
	case "":
	case conformance.Requirement, conformance.Choice:
		options = append(options, conformance.WithLevel(level))
	default:
		return nil, fmt.Errorf("--level: got %q, want requirement or choice", s.level)
	}
	return options, nil
}

// Judge runs the suite on the subjects, several at the same time. It writes a line to
// progress when a subject is done.
func Judge(ctx context.Context, progress io.Writer, subjects []conformance.Subject, options ...conformance.Option) ([]conformance.Report, error) {
	return checkSubjects(ctx, subjects, parallelSubjects, func(r *conformance.Report) {
		fmt.Fprintf(progress, "%s: %d checks, %d failed\n", r.Subject.Name, len(r.Results), r.Count(conformance.Fail))
	}, options...)
}
