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

// buildFolder is the directory for binaries that the tests build. Main removes it.
var buildFolder string

// Main is a TestMain. variable is the name of an environment variable. If that variable is
// set, the process runs program instead of the tests, so that a test can start its own
// binary as a service. If the name is "", the tests always run.
func Main(m *testing.M, variable string, program func() error) {
	var status int
	var err error
	if variable != "" && os.Getenv(variable) != "" {
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

// run runs the tests with a new buildFolder, and then removes the folder.
func run(m *testing.M) (status int, err error) {
	if buildFolder, err = os.MkdirTemp("", "samespan-"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(buildFolder)) }()
	return m.Run(), nil
}

// Build builds a command of the module in directory and returns the path of the binary,
// which is removed after the tests. If workspace is true, the command is built with the
// dependency versions of the workspace, otherwise with those in the module's go.mod.
func Build(directory, command string, workspace bool) (string, error) {
	binary, err := os.MkdirTemp(buildFolder, "")
	if err != nil {
		return "", err
	}
	binary = filepath.Join(binary, filepath.Base(command))
	// The tag is the one in the Makefile, so that the build cache can be used. The flag -w
	// omits debug information, so that linking takes a third less time.
	build := exec.Command("go", "build", "-tags=nomsgpack", "-ldflags=-w", "-o", binary, command) //nolint:noctx // ends when it has built
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

// buildCompare builds the command conformance/compare once, with the dependency versions
// of the workspace. The working directory must be a sibling directory of
// conformance/compare.
var buildCompare = sync.OnceValues(func() (string, error) {
	return Build(filepath.Join("..", "compare"), "github.com/samespan/samespan/conformance/compare", true)
})
