package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// consumer runs the go command like a user of the modules. It has its own module cache, so
// that the machine's cache stays unchanged. Its module proxy serves the release.
type consumer struct {
	packedRelease
	// dir is the directory for the user's modules.
	dir string
	// env has the variables that configure the go command, such as GOPROXY.
	env []string
	// port is the port that the user's programs listen on.
	port int
}

// newConsumer returns a consumer that reads the release from files. It reads other modules
// from this machine's module cache or, if they are missing there, from the configured
// proxy. Checksums are verified, except those of the release, which the checksum database
// does not have yet.
func (p packedRelease) newConsumer(ctx context.Context, dir string) (consumer, error) {
	list, err := output(ctx, dir, nil, "go", "env", "GOMODCACHE", "GOPROXY", "GONOSUMDB", "GOFLAGS")
	if err != nil {
		return consumer{}, err
	}
	machine := strings.Split(list, "\n")
	return consumer{packedRelease: p, dir: dir, env: []string{
		"GOWORK=off",
		"GOMODCACHE=" + filepath.Join(dir, "modules"),
		"GOPROXY=" + p.url + ",file://" + filepath.Join(machine[0], "cache", "download") + "," + machine[1],
		"GONOPROXY=none",
		"GONOSUMDB=" + strings.TrimPrefix(machine[2]+","+modulePrefix, ","),
		// With -trimpath, builds do not depend on the directory, so the next run can reuse
		// the build cache.
		"GOFLAGS=" + strings.TrimSpace(machine[3]+" -modcacherw -trimpath"),
	}}, nil
}

// withoutTelemetry returns the environment without variables that configure
// telemetry.
func withoutTelemetry(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool { return strings.HasPrefix(variable, "OTEL_") })
}

// makeDir creates a directory called name in c.dir and returns its path.
func (c consumer) makeDir(name string) (string, error) {
	dir := filepath.Join(c.dir, name)
	return dir, os.Mkdir(dir, 0o755)
}

// runGo runs the go command with args in dir and returns its standard output.
func (c consumer) runGo(ctx context.Context, dir string, args ...string) (string, error) {
	return output(ctx, dir, c.env, "go", args...)
}
