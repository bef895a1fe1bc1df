package main

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// templatesWithoutCore has one template for each adapter. The template is the program of
// the adapter's quick start without the core module. It has two variants: without
// telemetry, and with the adapter and OpenTelemetry's API.
//
//go:embed size/*.tmpl
var templatesWithoutCore embed.FS

// buildSize is the size of a built program.
type buildSize struct {
	bytes int64
	// linkedModules is the number of linked modules, and listedModules the number of
	// modules in the build list.
	linkedModules, listedModules int
	// packages is the number of packages outside the standard library.
	packages int
}

// minus returns the differences between the numbers of s and those of other.
func (s buildSize) minus(other buildSize) buildSize {
	return buildSize{bytes: s.bytes - other.bytes, linkedModules: s.linkedModules - other.linkedModules, listedModules: s.listedModules - other.listedModules, packages: s.packages - other.packages}
}

// programSizes are the build sizes of a framework's service.
type programSizes struct {
	framework string
	// bare is the size of the service without telemetry, withAdapter the size with the
	// adapter but without core, and withCore the size of the README's program.
	bare, withAdapter, withCore buildSize
}

// measureProgram measures a framework's service at the minimum versions of all
// requirements.
func (c consumer) measureProgram(ctx context.Context, t tutorial, p program) (programSizes, error) {
	adapter, err := c.module(p.adapter)
	if err != nil {
		return programSizes{}, err
	}
	w := programSizes{framework: p.framework}
	var framework string
	if p.frameworkModule != "" {
		floor := adapter.requiredVersion(p.frameworkModule)
		framework = "go get " + p.frameworkModule + "@" + floor
		w.framework = strings.Fields(p.framework)[0] + " " + floor
	}
	bare, err := p.sourceWithoutCore(false)
	if err != nil {
		return programSizes{}, err
	}
	instrumented, err := p.sourceWithoutCore(true)
	if err != nil {
		return programSizes{}, err
	}
	setup := "mkdir orders && cd orders\ngo mod init orders\n"
	for _, variant := range []struct {
		name, install, source string
		into                  *buildSize
	}{
		{"bare", setup + framework, bare, &w.bare},
		{"adapter", setup + "go get " + p.adapter, instrumented, &w.withAdapter},
		{"whole", t.installCommands(p), p.source, &w.withCore},
	} {
		dir, err := c.makeDir(p.name() + "-" + variant.name)
		if err != nil {
			return programSizes{}, err
		}
		if _, err := shell(ctx, dir, c.env, variant.install); err != nil {
			return programSizes{}, err
		}
		if *variant.into, err = c.measureBuild(ctx, filepath.Join(dir, "orders"), variant.source); err != nil {
			return programSizes{}, fmt.Errorf("%s: %w", variant.name, err)
		}
	}
	return w, nil
}

// sourceWithoutCore returns the source of the program without core. The program has the
// adapter if withAdapter is set, and otherwise no telemetry at all.
func (p program) sourceWithoutCore(withAdapter bool) (string, error) {
	t, err := template.ParseFS(templatesWithoutCore, "size/"+p.name()+".tmpl")
	if err != nil {
		return "", err
	}
	var source strings.Builder
	err = t.Execute(&source, withAdapter)
	return source.String(), err
}

// measureBuild builds a program in dir, the directory of its module, and returns the build
// size.
func (c consumer) measureBuild(ctx context.Context, dir, source string) (buildSize, error) {
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		return buildSize{}, err
	}
	if _, err := c.runGo(ctx, dir, "build", "-o", "orders", "."); err != nil {
		return buildSize{}, err
	}
	binary, err := os.Stat(filepath.Join(dir, "orders"))
	if err != nil {
		return buildSize{}, err
	}
	s := buildSize{bytes: binary.Size()}
	for _, count := range []struct {
		result *int
		args   []string
	}{
		{&s.listedModules, []string{"list", "-m", "-f", "{{if not .Main}}{{.Path}}{{end}}", "all"}},
		{&s.packages, []string{"list", "-deps", "-f", "{{if not (or .Standard .Module.Main)}}{{.ImportPath}}{{end}}", "."}},
	} {
		printed, err := c.runGo(ctx, dir, count.args...)
		if err != nil {
			return buildSize{}, err
		}
		*count.result = len(strings.Fields(printed))
	}
	buildInfo, err := c.runGo(ctx, dir, "version", "-m", "orders")
	if err != nil {
		return buildSize{}, err
	}
	s.linkedModules = strings.Count(buildInfo, "\n\tdep\t")
	return s, nil
}
