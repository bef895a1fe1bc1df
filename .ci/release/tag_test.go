package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repositoryFiles are the files of a small repository with the layout of this one. Its
// modules have no external requirements.
var repositoryFiles = map[string]string{
	"LICENSE":                "the licence of all modules\n",
	"CHANGELOG.md":           "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Spans.\n",
	".ci/published":          "git ls-files | sed -n 's|/go\\.mod$||p' | grep -v tools\n",
	"core/go.mod":            "module " + modulePrefix + "/core\n\ngo 1.26.0\n",
	"core/version.go":        "package core\n\n// Version is told.\nconst Version = \"0.0.9\"\n",
	"adapter/go.mod":         "module " + modulePrefix + "/adapter\n\ngo 1.26.0\n\nrequire " + modulePrefix + "/core v0.0.0\n\nreplace " + modulePrefix + "/core => ../core\n",
	"adapter/adapter.go":     "package adapter\n\nimport \"" + modulePrefix + "/core\"\n\n// Needs is what it needs.\nconst Needs = core.Version\n",
	"adapter/newer/go.mod":   "module " + modulePrefix + "/adapter/newer\n\ngo 1.26.0\n\nrequire " + modulePrefix + "/adapter v0.0.0\n\nrequire " + modulePrefix + "/core v0.0.0 // indirect\n\nreplace " + modulePrefix + "/core => ../../core\n\nreplace " + modulePrefix + "/adapter => ..\n",
	"adapter/newer/newer.go": "package newer\n\nimport \"" + modulePrefix + "/adapter\"\n\n// Needs is what it needs.\nconst Needs = adapter.Needs\n",
	"tools/go.mod":           "module " + modulePrefix + "/tools\n\ngo 1.26.0\n\nrequire " + modulePrefix + "/core v0.0.0\n\nreplace " + modulePrefix + "/core => ../core\n",
	"tools/tools.go":         "package tools\n\nimport _ \"" + modulePrefix + "/core\"\n",
}

// newRepository creates a repository with one commit, which contains repositoryFiles.
func newRepository(t *testing.T) repository {
	t.Helper()
	r := repository{dir: t.TempDir()}
	for name, content := range repositoryFiles {
		if err := os.MkdirAll(filepath.Dir(r.file(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.file(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Do not use the Git configuration of the user who runs the tests.
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	r.mustGit(t, "init", "--quiet", "--initial-branch=trunk")
	r.mustGit(t, "config", "user.name", "somebody")
	r.mustGit(t, "config", "user.email", "somebody@example.com")
	r.mustGit(t, "add", ".")
	r.mustGit(t, "commit", "--quiet", "-m", "Begin")
	return r
}

// mustGit is like git, but if git fails, the test fails.
func (r repository) mustGit(t *testing.T, args ...string) string {
	t.Helper()
	printed, err := r.git(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return printed
}

// mustRead returns the content of a file of the repository.
func (r repository) mustRead(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(r.file(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// releaseState returns the commits, tags and files of the repository as text. Tests compare
// it before and after a release.
func (r repository) releaseState(t *testing.T) string {
	t.Helper()
	return r.mustGit(t, "rev-parse", "HEAD") + "\n" + r.mustGit(t, "status", "--porcelain") + "\n" + r.mustGit(t, "tag", "--list")
}

func TestTagCommitsAndTagsRelease(t *testing.T) {
	r := newRepository(t)
	before := r.releaseState(t)

	var dryOutput bytes.Buffer
	if err := tag(t.Context(), &dryOutput, r, "v0.2.0", true); err != nil {
		t.Fatal(err)
	}
	if after := r.releaseState(t); after != before {
		t.Errorf("a dry run changed the repository: got\n%s\nwant\n%s", after, before)
	}

	var printed bytes.Buffer
	if err := tag(t.Context(), &printed, r, "v0.2.0", false); err != nil {
		t.Fatal(err)
	}
	const names = "core/v0.2.0 adapter/v0.2.0 adapter/newer/v0.2.0"
	for _, text := range []string{dryOutput.String(), printed.String()} {
		if want := "git push --atomic origin trunk " + names + "\n"; !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q in it", text, want)
		}
	}
	for _, name := range strings.Fields(names) {
		if got, want := r.mustGit(t, "rev-parse", name+"^{commit}"), r.mustGit(t, "rev-parse", "HEAD"); got != want {
			t.Errorf("tag %s: got it at %s, want the release's commit %s", name, got, want)
		}
	}
	if dirty := r.mustGit(t, "status", "--porcelain"); dirty != "" {
		t.Errorf("got changes that are not committed:\n%s", dirty)
	}
	for name, want := range map[string]string{
		"adapter/go.mod":       "require " + modulePrefix + "/core v0.2.0\n\nreplace",
		"adapter/newer/go.mod": "require " + modulePrefix + "/adapter v0.2.0\n\nrequire " + modulePrefix + "/core v0.2.0 // indirect\n",
		"tools/go.mod":         "require " + modulePrefix + "/core v0.2.0\n",
		"core/version.go":      "const Version = \"0.2.0\"\n",
		"CHANGELOG.md":         "## [Unreleased]\n\n## [0.2.0] - 20",
	} {
		if got := r.mustRead(t, name); !strings.Contains(got, want) {
			t.Errorf("%s: got\n%s\nwant %q in it", name, got, want)
		}
	}

	// Nothing has changed since v0.2.0, so a release of v0.3.0 must fail.
	before = r.releaseState(t)
	if err := tag(t.Context(), &printed, r, "v0.3.0", false); err == nil || !strings.Contains(err.Error(), "nothing under Unreleased") {
		t.Errorf("got %v, want an error about the change log", err)
	}
	if after := r.releaseState(t); after != before {
		t.Errorf("a release that failed left\n%s\nwant\n%s", after, before)
	}
}

// TestFailedTagChangesNothing proves that the command "release tag" leaves the repository
// unchanged if it fails.
func TestFailedTagChangesNothing(t *testing.T) {
	commit := []string{"commit", "--quiet", "-a", "-m", "Spoil"}
	for _, test := range []struct {
		name string
		// If file is not "", content is written to that file before git runs.
		file, content string
		git           []string
		err           string
	}{
		{name: "a version that is tagged", git: []string{"tag", "core/v0.2.0"}, err: "want a version above that of the tag core/v0.2.0"},
		{name: "a change that is not committed", file: "core/new.go", content: "package core\n", err: "the working tree is not clean: commit or remove\n?? core/new.go"},
		{name: "no branch", git: []string{"checkout", "--quiet", "--detach"}, err: "HEAD is detached"},
		{name: "a version constant of another form", file: "core/version.go", content: "package core\n\nvar Version = \"1\"\n", git: commit, err: "core/version.go: got 0 lines"},
		{name: "requirements that are not tidy", file: "tools/tools.go", content: "package tools\n", git: commit, err: "tools: go mod tidy -diff"},
		{name: "a commit that a hook refuses", file: ".git/hooks/pre-commit", content: "#!/bin/sh\nexit 1\n", err: "git commit"},
		{name: "a tag that a hook refuses", file: ".git/hooks/reference-transaction", content: "#!/bin/sh\ngrep -q newer/v && exit 1\nexit 0\n", err: "git tag"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRepository(t)
			if test.file != "" {
				if err := os.MkdirAll(filepath.Dir(r.file(test.file)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(r.file(test.file), []byte(test.content), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if test.git != nil {
				r.mustGit(t, test.git...)
			}
			before := r.releaseState(t)
			err := tag(t.Context(), &bytes.Buffer{}, r, "v0.2.0", false)
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want an error with %q", err, test.err)
			}
			if after := r.releaseState(t); after != before {
				t.Errorf("it left\n%s\nwant\n%s", after, before)
			}
		})
	}
}

// TestUserCanRequirePackedModules checks that a user's module can require a rehearsed
// release, including changes that are not committed yet. The user's module has no replace
// lines and no network.
func TestUserCanRequirePackedModules(t *testing.T) {
	r := newRepository(t)
	if err := os.WriteFile(r.file("core/version.go"), []byte("package core\n\n// Version is told.\nconst Version = \"0.0.9\"\n\n// Fresh is not committed.\nconst Fresh = fresh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.file("core/fresh.go"), []byte("package core\n\nconst fresh = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := r.releaseState(t)
	if files := r.mustGit(t, "status", "--porcelain"); !strings.Contains(files, "?? core/fresh.go") {
		t.Fatalf("got %q, want a file that git does not know", files)
	}
	t.Setenv("GOPROXY", "off")
	c, err := rehearseRelease(t.Context(), r, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if after := r.releaseState(t); after != before {
		t.Errorf("a rehearsal changed the repository: got\n%s\nwant\n%s", after, before)
	}

	dir, err := c.makeDir("user")
	if err != nil {
		t.Fatal(err)
	}
	program := "package main\n\nimport (\n\t\"" + modulePrefix + "/adapter/newer\"\n\t\"" + modulePrefix + "/core\"\n)\n\nfunc main() { println(newer.Needs, core.Fresh) }\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mod", "init", "user"}, {"get", modulePrefix + "/adapter/newer", modulePrefix + "/core"}, {"build", "-o", "user", "."}} {
		if _, err := c.runGo(t.Context(), dir, args...); err != nil {
			t.Fatal(err)
		}
	}
	printed, err := output(t.Context(), dir, nil, "sh", "-c", "./user 2>&1")
	if err != nil || printed != "0.1.0 true" {
		t.Errorf("got %q, %v, want the release's version and what is not committed", printed, err)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if want := modulePrefix + "/core v0.1.0 " + c.checksums[modulePrefix+"/core"] + "\n"; !strings.Contains(string(sum), want) {
		t.Errorf("go.sum: got\n%s\nwant %q", sum, want)
	}

	files := fileNamesInZip(t, strings.TrimPrefix(c.url, "file://")+"/"+modulePrefix+"/adapter/@v/v0.1.0.zip")
	if want := []string{"LICENSE", "adapter.go", "go.mod"}; !slices.Equal(files, want) {
		t.Errorf("the adapter's zip: got %v, want %v: the licence of the repository, nothing of the module below", files, want)
	}
}

// TestRehearseInShallowClone checks that a release can be rehearsed in a clone without
// history. Continuous integration works on such clones.
func TestRehearseInShallowClone(t *testing.T) {
	deep := newRepository(t)
	deep.mustGit(t, "tag", "--annotate", "-m", "before", "core/v0.4.0")
	deep.mustGit(t, "commit", "--quiet", "--allow-empty", "-m", "Go on")
	deep.mustGit(t, "commit", "--quiet", "--allow-empty", "-m", "Go on")
	r := repository{dir: t.TempDir()}
	r.mustGit(t, "clone", "--quiet", "--depth", "1", "file://"+deep.dir, ".")
	r.mustGit(t, "fetch", "--quiet", "--depth", "1", "origin", "tag", "core/v0.4.0")
	c, err := rehearseRelease(t.Context(), r, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if c.version != "v0.5.0" {
		t.Errorf("got %s, want the version after the one that is tagged, v0.5.0", c.version)
	}
}

// fileNamesInZip returns the names of the files in a module's zip.
func fileNamesInZip(t *testing.T, name string) []string {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close() //nolint:errcheck // it was only read
	var names []string
	for _, file := range archive.File {
		_, inside, _ := strings.Cut(file.Name, "@v0.1.0/")
		names = append(names, inside)
	}
	slices.Sort(names)
	return names
}
