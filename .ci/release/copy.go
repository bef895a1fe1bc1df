package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// copy creates a repository in dir with the tags of r and a single commit. The commit has
// all tracked and new files as they are in r's working tree. The copy has no history, since
// r may be a shallow clone without history.
func (r repository) copy(ctx context.Context, dir string) (repository, error) {
	// Create the commit in r without changing r's index, branches or tags. The copy checks
	// out this commit below.
	env := []string{
		"GIT_INDEX_FILE=" + dir + ".index",
		"GIT_AUTHOR_NAME=rehearsal", "GIT_AUTHOR_EMAIL=rehearsal@localhost",
		"GIT_COMMITTER_NAME=rehearsal", "GIT_COMMITTER_EMAIL=rehearsal@localhost",
	}
	if _, err := output(ctx, r.dir, env, "git", "add", "--all"); err != nil {
		return repository{}, err
	}
	tree, err := output(ctx, r.dir, env, "git", "write-tree")
	if err != nil {
		return repository{}, err
	}
	commit, err := output(ctx, r.dir, env, "git", "commit-tree", "-m", "State to rehearse a release of", tree)
	if err != nil {
		return repository{}, err
	}
	objects, err := r.git(ctx, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	if err != nil {
		return repository{}, err
	}
	tags, err := r.git(ctx, "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags")
	if err != nil {
		return repository{}, err
	}

	c := repository{dir: dir}
	if _, err := r.git(ctx, "init", "--quiet", dir); err != nil {
		return repository{}, err
	}
	if err := os.WriteFile(filepath.Join(dir, ".git", "objects", "info", "alternates"), []byte(objects+"\n"), 0o600); err != nil {
		return repository{}, err
	}
	steps := [][]string{
		{"config", "user.name", "rehearsal"},
		{"config", "user.email", "rehearsal@localhost"},
		{"config", "commit.gpgSign", "false"},
		{"config", "tag.gpgSign", "false"},
		{"config", "core.hooksPath", os.DevNull},
		{"checkout", "--quiet", "--detach", commit},
	}
	for line := range strings.Lines(tags) {
		steps = append(steps, append([]string{"update-ref"}, strings.Fields(line)...))
	}
	for _, args := range steps {
		if _, err := c.git(ctx, args...); err != nil {
			return repository{}, err
		}
	}
	return c, nil
}
