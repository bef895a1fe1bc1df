package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// fileEdits maps the path of each file that a release changes to the new contents.
type fileEdits map[string][]byte

// write writes the new contents to the files of r.
func (e fileEdits) write(r repository) error {
	for name, content := range e {
		if err := os.WriteFile(r.file(name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// releaseEdits returns the edits of a release: every go.mod requires the modules of this
// repository at the version, and every Version constant is set to it. Replace lines stay:
// without them go.sum would need the checksums of modules that are not published yet. They
// have no effect outside this repository.
func releaseEdits(r repository, modules []module, version string) (fileEdits, error) {
	changed := make(fileEdits)
	paths := make(map[string]bool)
	for _, m := range modules {
		paths[m.path()] = m.published
	}
	for _, m := range modules {
		file := m.mod.Syntax.Name
		requires := false
		for _, require := range m.mod.Require {
			if !paths[require.Mod.Path] {
				continue
			}
			requires = true
			if err := m.mod.AddRequire(require.Mod.Path, version); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		if requires {
			content, err := m.mod.Format()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			changed[file] = content
		}
		if !m.published {
			continue
		}
		name := m.dir + "/version.go"
		content, err := os.ReadFile(r.file(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a package without its own instrumentation scope
		}
		if err != nil {
			return nil, err
		}
		content, err = withVersion(content, version)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		changed[name] = content
	}
	return changed, nil
}

// versionConstantPattern matches the declaration of the constant Version.
var versionConstantPattern = regexp.MustCompile(`(?m)^const Version = "[^"\n]*"$`)

// withVersion returns source, the content of a module's version.go, with the constant
// Version set to version.
func withVersion(source []byte, version string) ([]byte, error) {
	if n := len(versionConstantPattern.FindAll(source, -1)); n != 1 {
		return nil, fmt.Errorf(`got %d lines like const Version = "0.1.0", want 1`, n)
	}
	return versionConstantPattern.ReplaceAll(source, fmt.Appendf(nil, "const Version = %q", strings.TrimPrefix(version, "v"))), nil
}

// unreleasedHeading is the heading of the changes in CHANGELOG.md that are not released yet.
const unreleasedHeading = "## [Unreleased]\n"

// withHeading returns the changelog with a heading for the version between the heading
// "Unreleased" and the unreleased changes, so that they become changes of the version.
func withHeading(changelog []byte, version, date string) ([]byte, error) {
	before, after, found := strings.Cut(string(changelog), unreleasedHeading)
	if !found {
		return nil, fmt.Errorf("CHANGELOG.md: heading %q is missing", strings.TrimSpace(unreleasedHeading))
	}
	notes, _, _ := strings.Cut(after, "\n## ")
	if !strings.Contains(notes, "\n- ") {
		return nil, errors.New("CHANGELOG.md has nothing under Unreleased: describe the changes of this version")
	}
	return fmt.Appendf(nil, "%s%s\n## [%s] - %s\n%s", before, unreleasedHeading, strings.TrimPrefix(version, "v"), date, after), nil
}
