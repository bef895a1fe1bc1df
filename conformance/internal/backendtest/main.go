package backendtest

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

// buildFolder holds what the tests build. Main removes it.
var buildFolder string

// Main is a TestMain. A process with the variable as runs program instead of the
// tests, so that a test can start its own binary as a service; "" for no such
// program.
func Main(m *testing.M, as string, program func() error) {
	var status int
	var err error
	if as != "" && os.Getenv(as) != "" {
		err = program()
	} else {
		status, err = run(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	if buildFolder, err = os.MkdirTemp("", "samespan-"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(buildFolder)) }()
	return m.Run(), nil
}

// Build builds a command of the module in the directory, with that module's
// versions: in the workspace if workspace is true, otherwise alone. It returns
// the path of the binary, which is removed after the tests.
func Build(directory, command string, workspace bool) (string, error) {
	binary, err := os.MkdirTemp(buildFolder, "")
	if err != nil {
		return "", err
	}
	binary = filepath.Join(binary, filepath.Base(command))
	// The tag of the Makefile, so that what has been compiled is used again.
	build := exec.Command("go", "build", "-tags=nomsgpack", "-o", binary, command) //nolint:noctx // ends when it has built
	build.Dir = directory
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "GOWORK=") {
			build.Env = append(build.Env, variable)
		}
	}
	if !workspace {
		build.Env = append(build.Env, "GOWORK=off")
	}
	if printed, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", build, err, printed)
	}
	return binary, nil
}

// buildCompare builds the command conformance/compare once, in the workspace as its
// users get it. The working directory is a module beside it.
var buildCompare = sync.OnceValues(func() (string, error) {
	return Build(filepath.Join("..", "compare"), "github.com/samespan/samespan/conformance/compare", true)
})
