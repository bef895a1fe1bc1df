package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// consumer simulates a user of the modules, with an empty module cache, so that
// the machine's stays unchanged, and a proxy that has the release.
type consumer struct {
	modulePackages
	// dir is the folder for the user's modules.
	dir string
	env []string
	// port is the port of the user's programs.
	port int
}

// consumer uses the release from files, what the machine has cached from its
// module cache, and anything else from the usual source. Checksums are verified
// except those of the release, which no checksum database has yet.
func (p modulePackages) consumer(ctx context.Context, dir string) (consumer, error) {
	list, err := output(ctx, dir, nil, "go", "env", "GOMODCACHE", "GOPROXY", "GONOSUMDB", "GOFLAGS")
	if err != nil {
		return consumer{}, err
	}
	machine := strings.Split(list, "\n")
	return consumer{modulePackages: p, dir: dir, env: []string{
		"GOWORK=off",
		"GOMODCACHE=" + filepath.Join(dir, "modules"),
		"GOPROXY=" + p.url + ",file://" + filepath.Join(machine[0], "cache", "download") + "," + machine[1],
		"GONOPROXY=none",
		"GONOSUMDB=" + strings.TrimPrefix(machine[2]+","+modulePrefix, ","),
		// With -trimpath the build cache can be reused by the next run in
		// another folder.
		"GOFLAGS=" + strings.TrimSpace(machine[3]+" -modcacherw -trimpath"),
	}}, nil
}

// withoutTelemetry returns the environment without variables that configure
// telemetry.
func withoutTelemetry(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool { return strings.HasPrefix(variable, "OTEL_") })
}

// folder creates a folder of the user.
func (c consumer) folder(name string) (string, error) {
	dir := filepath.Join(c.dir, name)
	return dir, os.Mkdir(dir, 0o755)
}

func (c consumer) run(ctx context.Context, dir string, args ...string) (string, error) {
	return output(ctx, dir, c.env, "go", args...)
}
