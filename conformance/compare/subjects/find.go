package subjects

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// packageDir is this package's directory, relative to the repository's root.
const packageDir = "conformance/compare/subjects"

// findFolder returns the path of a directory below packageDir. It looks for packageDir in
// the working directory and its parents.
func findFolder(folder string) (string, error) {
	from, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("subjects: %w", err)
	}
	for above := from; ; above = filepath.Dir(above) {
		found := filepath.Join(above, packageDir, folder)
		if info, err := os.Stat(found); err == nil && info.IsDir() {
			return found, nil
		}
		if above == filepath.Dir(above) {
			return "", fmt.Errorf("subjects: there is no folder %s in %s or above: run the command in the repository", filepath.Join(packageDir, folder), from)
		}
	}
}

// findTool returns the path of a required program.
func findTool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("subjects: %s is missing, install it: %w", name, err)
	}
	return path, nil
}
