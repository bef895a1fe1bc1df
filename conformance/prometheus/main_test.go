package prometheus

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// folder holds what the tests build. TestMain removes it.
var folder string

func TestMain(m *testing.M) {
	if os.Getenv(asJournal) != "" {
		if err := runJournal(); err != nil {
			fmt.Fprintln(os.Stderr, "journal:", err)
			os.Exit(1)
		}
		return
	}
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	if folder, err = os.MkdirTemp("", "samespan-prometheus-"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return m.Run(), nil
}

// compare is the command of conformance/compare, built as its users get it: in
// the workspace, not with this module's versions.
var compare = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(folder, "compare")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "compare")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "GOWORK=") {
			build.Env = append(build.Env, variable)
		}
	}
	if printed, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", build, err, printed)
	}
	return binary, nil
})
