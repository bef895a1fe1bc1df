package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// goGetOptions are the options of goGet.
type goGetOptions struct {
	// testNewest is set to repeat the tests with the newest versions of the adapters'
	// requirements.
	testNewest bool
	// measureSize is set to measure how much each adapter adds to a build, and to compare
	// the result with COSTS.md.
	measureSize bool
	// updateDocuments is set to write the results to the documents: the sizes of builds to
	// COSTS.md, and the upgraded versions to the documents of targetApplication.
	updateDocuments bool
}

// goGet rehearses a release in a copy of the repository and uses the release like a user:
// it follows the README's quick start with each framework, builds the other published
// modules, and adds the modules to applications with old dependencies.
func goGet(ctx context.Context, out io.Writer, checkout repository, want goGetOptions) (err error) {
	work, err := os.MkdirTemp("", "samespan-goget-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	c, err := rehearseRelease(ctx, checkout, work)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "packed %d modules as %s, from the tags of a release in a copy of the repository\n", len(c.modules), c.version)

	readme, err := os.ReadFile(c.file("README.md"))
	if err != nil {
		return err
	}
	t, err := readTutorial(string(readme), func(name string) (string, error) {
		document, err := os.ReadFile(c.file(name))
		return string(document), err
	})
	if err != nil {
		return fmt.Errorf("README.md, Quick start: %w", err)
	}
	port, release, err := reservePort()
	if err != nil {
		return err
	}
	defer release()
	c.port = port
	var failed []error
	for _, p := range t.programs {
		began := time.Now()
		versions, err := c.followTutorial(ctx, t, p, want.testNewest)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.framework, err))
			fmt.Fprintf(out, "FAILED %s: %v\n", p.framework, err)
			continue
		}
		fmt.Fprintf(out, "ok     %-8s %-18s two spans, none for /healthz and /metrics, exit status 0 (%.0f s)\n", p.framework, strings.Join(versions, ", "), time.Since(began).Seconds())
	}
	began := time.Now()
	others, err := c.buildOtherModules(ctx, t)
	if err != nil {
		failed = append(failed, err)
		fmt.Fprintf(out, "FAILED %v\n", err)
	} else {
		fmt.Fprintf(out, "ok     build of %s (%.0f s)\n", strings.Join(others, ", "), time.Since(began).Seconds())
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d quick starts or builds failed: see FAILED above", len(failed))
	}
	if err := c.checkUpgrades(ctx, out, checkout, want.updateDocuments); err != nil {
		return err
	}
	if want.measureSize || want.updateDocuments {
		return c.measureAll(ctx, out, t, checkout, want.updateDocuments)
	}
	return nil
}

// rehearseRelease makes a release in a copy of the repository and returns a consumer of it.
func rehearseRelease(ctx context.Context, checkout repository, work string) (consumer, error) {
	copied, err := checkout.copy(ctx, filepath.Join(work, "copy"))
	if err != nil {
		return consumer{}, err
	}
	modules, err := copied.modules(ctx)
	if err != nil {
		return consumer{}, err
	}
	tags, err := copied.releaseTags(ctx, modules)
	if err != nil {
		return consumer{}, err
	}
	tagged, err := copied.commitAndTag(ctx, nextVersion(tags), "")
	if err != nil {
		return consumer{}, err
	}
	packed, err := tagged.pack(ctx, work)
	if err != nil {
		return consumer{}, err
	}
	return packed.newConsumer(ctx, work)
}

// followTutorial follows the README with one framework. If newest is set, it upgrades the
// adapter's requirements and tests the program again. It returns the tested versions of the
// framework.
func (c consumer) followTutorial(ctx context.Context, t tutorial, p program, newest bool) ([]string, error) {
	adapter, err := c.module(p.adapter)
	if err != nil {
		return nil, err
	}
	n, err := c.createApplication(ctx, t, p)
	if err != nil {
		return nil, err
	}
	floor, err := n.checkProgram(ctx)
	if err != nil {
		return nil, err
	}
	if want := adapter.requiredVersion(p.frameworkModule); want != "" && floor != want {
		return nil, fmt.Errorf("go get selected %s %s, want the minimum version %s", p.frameworkModule, floor, want)
	}
	if !newest {
		return []string{"minimum " + floor}, nil
	}
	upgrade := []string{"get"}
	for _, require := range adapter.mod.Require {
		if !require.Indirect && !strings.HasPrefix(require.Mod.Path, modulePrefix+"/") {
			upgrade = append(upgrade, require.Mod.Path+"@latest")
		}
	}
	if _, err := c.runGo(ctx, n.appDir, upgrade...); err != nil {
		return nil, err
	}
	latest, err := n.checkProgram(ctx)
	if err != nil {
		return nil, fmt.Errorf("after go %s: %w", strings.Join(upgrade, " "), err)
	}
	return []string{"minimum " + floor, "newest " + latest}, nil
}

// checkProgram tests the program with the versions in its go.mod, and returns the version
// of the framework.
func (n tutorialRun) checkProgram(ctx context.Context) (string, error) {
	if err := n.checkConsoleOutput(ctx); err != nil {
		return "", err
	}
	if err := n.checkExport(ctx); err != nil {
		return "", err
	}
	if n.frameworkModule == "" {
		return n.runGo(ctx, n.appDir, "env", "GOVERSION")
	}
	return n.runGo(ctx, n.appDir, "list", "-m", "-f", "{{.Version}}", n.frameworkModule)
}

// module returns the published module with this path.
func (c consumer) module(path string) (module, error) {
	for _, m := range c.modules {
		if m.path() == path {
			return m, nil
		}
	}
	return module{}, fmt.Errorf("%s is not published: see .ci/published", path)
}

// buildOtherModules builds the published modules that have no quick start. It adds all of
// them to one new module in an empty directory. It returns the directories of the built
// modules in the repository.
func (c consumer) buildOtherModules(ctx context.Context, t tutorial) ([]string, error) {
	get, build, names := []string{"get"}, []string{"build"}, []string(nil)
	for _, m := range c.modules {
		if slices.ContainsFunc(t.programs, func(p program) bool { return p.adapter == m.path() }) {
			continue
		}
		get = append(get, m.path()+"/...")
		build = append(build, m.path()+"/...")
		names = append(names, m.dir)
	}
	dir, err := c.makeDir("others")
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"mod", "init", "others"}, get, build} {
		if _, err := c.runGo(ctx, dir, args...); err != nil {
			return nil, err
		}
	}
	return names, nil
}
