package repository

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// skippedFolders are directories without files of the project.
var skippedFolders = []string{".git", "bin", "node_modules"}

// Files returns the files below root whose names end with one of the suffixes, as paths
// relative to root with slashes.
func Files(root string, suffixes ...string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(skippedFolders, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || !slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) }):
			return nil
		}
		relative, err := filepath.Rel(root, path)
		files = append(files, filepath.ToSlash(relative))
		return err
	})
	return files, err
}

// testFunction matches the beginning of a test or a fuzz target.
var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// Tests returns the names of all tests and fuzz targets below root.
func Tests(root string) (map[string]bool, error) {
	files, err := Files(root, "_test.go")
	if err != nil {
		return nil, err
	}
	tests := make(map[string]bool)
	for _, file := range files {
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		for _, match := range testFunction.FindAllSubmatch(source, -1) {
			tests[string(match[1])] = true
		}
	}
	return tests, nil
}
