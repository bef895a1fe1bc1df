package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// Expected is the content of a file of known failures: it maps patterns of check ids to
// reasons.
type Expected struct {
	// Known are the checks that are known to fail. Skip are the checks that are not run.
	Known, Skip map[string]string
}

// ReadExpected reads a file of known failures. Each line has the word known or
// skip, the id of a check or a pattern such as trust/*, and the reason. Empty
// lines and those that begin with # are ignored.
func ReadExpected(name string) (Expected, error) {
	file, err := os.Open(name)
	if err != nil {
		return Expected{}, err
	}
	defer func() { _ = file.Close() }()
	return readExpected(name, file)
}

// readExpected reads the content of a file of known failures from r. name is the name of
// the file in errors.
func readExpected(name string, r io.Reader) (Expected, error) {
	expected := Expected{Known: make(map[string]string), Skip: make(map[string]string)}
	lines := bufio.NewScanner(r)
	var problems []error
	for number := 1; lines.Scan(); number++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		reasons, ok := map[string]map[string]string{"known": expected.Known, "skip": expected.Skip}[fields[0]]
		switch {
		case !ok:
			problems = append(problems, fmt.Errorf("%s:%d: got %q, want \"known\" or \"skip\", then a check and the reason", name, number, fields[0]))
		case len(fields) < 3:
			problems = append(problems, fmt.Errorf("%s:%d: got %q, want a check and a reason after the first word", name, number, lines.Text()))
		case expected.Known[fields[1]] != "" || expected.Skip[fields[1]] != "":
			problems = append(problems, fmt.Errorf("%s:%d: %s is listed twice", name, number, fields[1]))
		default:
			reasons[fields[1]] = strings.Join(fields[2:], " ")
		}
	}
	return expected, errors.Join(append(problems, lines.Err())...)
}

// apply sets the subject's known failures and skipped checks.
func (e Expected) apply(subject *conformance.Subject) {
	subject.KnownFailures, subject.Skip = e.Known, e.Skip
}
