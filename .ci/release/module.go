package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// modulePrefix is the common prefix of all module paths.
const modulePrefix = "github.com/samespan/samespan"

// repository is a checkout of this project in the directory dir.
type repository struct{ dir string }

// findRepository returns the repository that contains the directory dir.
func findRepository(ctx context.Context, dir string) (repository, error) {
	top, err := output(ctx, dir, nil, "git", "rev-parse", "--show-toplevel")
	return repository{dir: top}, err
}

// git runs git with args in the repository and returns its standard output.
func (r repository) git(ctx context.Context, args ...string) (string, error) {
	return output(ctx, r.dir, nil, "git", args...)
}

// file returns the path of a file of the repository. name is relative to the repository,
// with slashes.
func (r repository) file(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// module is a module of the repository.
type module struct {
	// dir is the module's directory in the repository, with slashes.
	dir string
	// published is set if the module is tagged in releases.
	published bool
	mod       *modfile.File
}

// path returns the module path, such as the path of the module core:
// github.com/samespan/samespan/core.
func (m module) path() string { return m.mod.Module.Mod.Path }

// tagName returns the name of the module's tag for the version.
func (m module) tagName(version string) string { return m.dir + "/" + version }

// requiredVersion returns the version at which m requires the other module, or "".
func (m module) requiredVersion(other string) string {
	for _, require := range m.mod.Require {
		if require.Mod.Path == other {
			return require.Mod.Version
		}
	}
	return ""
}

// modules returns all modules of the repository, including unpublished ones, in no
// particular order.
func (r repository) modules(ctx context.Context) ([]module, error) {
	files, err := r.git(ctx, "ls-files", "--", "go.mod", "*/go.mod")
	if err != nil {
		return nil, err
	}
	published, err := output(ctx, r.dir, nil, "bash", ".ci/published")
	if err != nil {
		return nil, err
	}
	var modules []module
	for name := range strings.Lines(files) {
		name = strings.TrimSpace(name)
		content, err := os.ReadFile(r.file(name))
		if err != nil {
			return nil, err
		}
		mod, err := modfile.Parse(name, content, nil)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(name)
		if want := path.Join(modulePrefix, dir); mod.Module == nil || mod.Module.Mod.Path != want {
			return nil, fmt.Errorf("%s: want the module path %s, which ends with its directory", name, want)
		}
		modules = append(modules, module{dir: dir, mod: mod, published: slices.Contains(strings.Fields(published), dir)})
	}
	return modules, nil
}

// sortByRequirements returns the published modules, each after the modules that it
// requires. Modules that require each other, for example in tests, keep their order.
func sortByRequirements(modules []module) ([]module, error) {
	byPath := make(map[string]module)
	for _, m := range modules {
		byPath[m.path()] = m
	}
	var order []module
	done := make(map[string]bool)
	var visit func(m module) error
	visit = func(m module) error {
		if done[m.path()] {
			return nil
		}
		done[m.path()] = true
		for _, require := range m.mod.Require {
			needed, ours := byPath[require.Mod.Path]
			switch {
			case !ours && strings.HasPrefix(require.Mod.Path, modulePrefix+"/"):
				return fmt.Errorf("%s requires %s, which is not a module of this repository", m.path(), require.Mod.Path)
			case !ours:
				continue
			case !needed.published:
				return fmt.Errorf("%s requires %s, which is not published: see .ci/published", m.path(), needed.path())
			}
			if err := visit(needed); err != nil {
				return err
			}
		}
		order = append(order, m)
		return nil
	}
	for _, m := range modules {
		if !m.published {
			continue
		}
		if err := visit(m); err != nil {
			return nil, err
		}
	}
	if len(order) == 0 {
		return nil, fmt.Errorf(".ci/published lists no module of this repository")
	}
	return order, nil
}
