package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// consumer is where users of the modules work: with a module cache that has
// nothing in it, so that none of ours gets into this machine's, and a proxy
// that has the release.
type consumer struct {
	packages
	// dir is the folder that theirs are made in.
	dir string
	env []string
	// port is where their programs listen.
	port int
}

// consumer has the release from its files, whatever this machine has fetched
// before from its own cache, and all else from where it comes from as ever.
// Checksums are verified as ever, but for the release's, which no database
// knows yet.
func (p packages) consumer(ctx context.Context, dir string) (consumer, error) {
	list, err := output(ctx, dir, nil, "go", "env", "GOMODCACHE", "GOPROXY", "GONOSUMDB", "GOFLAGS")
	if err != nil {
		return consumer{}, err
	}
	machine := strings.Split(list, "\n")
	return consumer{packages: p, dir: dir, env: []string{
		"GOWORK=off",
		"GOMODCACHE=" + filepath.Join(dir, "modules"),
		"GOPROXY=" + p.url + ",file://" + filepath.Join(machine[0], "cache", "download") + "," + machine[1],
		"GONOPROXY=none",
		"GONOSUMDB=" + strings.TrimPrefix(machine[2]+","+root, ","),
		// Trimmed paths let the build cache serve the next run, which is in
		// another folder.
		"GOFLAGS=" + strings.TrimSpace(machine[3]+" -modcacherw -trimpath"),
	}}, nil
}

// withoutTelemetry is the environment without the variables that configure
// telemetry.
func withoutTelemetry(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool { return strings.HasPrefix(variable, "OTEL_") })
}

// folder makes one of the user's.
func (c consumer) folder(name string) (string, error) {
	dir := filepath.Join(c.dir, name)
	return dir, os.Mkdir(dir, 0o755)
}

func (c consumer) run(ctx context.Context, dir string, args ...string) (string, error) {
	return output(ctx, dir, c.env, "go", args...)
}
