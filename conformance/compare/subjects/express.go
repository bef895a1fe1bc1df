package subjects

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// expressLockFile is the content of the lock file of npm, which pins the packages.
//
//go:embed express/package-lock.json
var expressLockFile []byte

// Express is the service in Express, with OpenTelemetry's packages from npm.
var Express = &NPM{folder: "express", lockFile: expressLockFile, mainFile: "server.js"}

// NPM is a service that runs on Node.js, with packages from npm.
type NPM struct {
	folder   string // path below packageDir
	lockFile []byte // content of package-lock.json
	mainFile string // path in folder

	installMu sync.Mutex // guards the installed packages
}

// Command returns the command that starts the service. If necessary, it first installs
// the packages of package-lock.json. It works only inside the repository.
func (n *NPM) Command(ctx context.Context) (name string, args []string, err error) {
	folder, err := findFolder(n.folder)
	if err != nil {
		return "", nil, err
	}
	node, err := findTool("node")
	if err != nil {
		return "", nil, err
	}
	n.installMu.Lock()
	defer n.installMu.Unlock()
	if err := n.install(ctx, folder); err != nil {
		return "", nil, err
	}
	return node, []string{filepath.Join(folder, n.mainFile)}, nil
}

// installedLockFile is the path, below an NPM's folder, of a copy of the lock file from
// which the packages were installed.
const installedLockFile = "node_modules/.installed-package-lock.json"

// install installs the packages of the lock file in folder, unless they have been installed
// already.
func (n *NPM) install(ctx context.Context, folder string) error {
	if installed, err := os.ReadFile(filepath.Join(folder, installedLockFile)); err == nil && bytes.Equal(installed, n.lockFile) {
		return nil
	}
	npm, err := findTool("npm")
	if err != nil {
		return err
	}
	// Install scripts are skipped: no package needs its script.
	install := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("subjects: npm ci in %s: %w\n%s", folder, err, out)
	}
	return os.WriteFile(filepath.Join(folder, installedLockFile), n.lockFile, 0o644)
}

// Version returns the version of a package, or "" if the service does not use the
// package.
func (n *NPM) Version(name string) string {
	var lock struct {
		Packages map[string]struct {
			Version string `json:"version"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(n.lockFile, &lock); err != nil {
		panic(fmt.Sprintf("subjects: %s/package-lock.json: %v", n.folder, err)) // cannot fail: the embedded lock file is valid JSON
	}
	return lock.Packages["node_modules/"+name].Version
}
