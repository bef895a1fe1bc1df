package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// release is a release that is committed and tagged, but not published.
type release struct {
	repository
	version string
	// modules are the published modules, each after the modules that it requires.
	modules []module
}

// tag commits and tags a release of the version, and prints the remaining steps. If dry is
// set, it works on a copy of the repository.
func tag(ctx context.Context, out io.Writer, checkout repository, version string, dry bool) (err error) {
	changes, err := checkout.git(ctx, "status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" {
		return fmt.Errorf("the working tree is not clean: commit or remove\n%s", changes)
	}
	branch, err := checkout.git(ctx, "branch", "--show-current")
	if err != nil {
		return err
	}
	if branch == "" {
		return errors.New("HEAD is detached: check out the branch to make the release on")
	}
	work, err := os.MkdirTemp("", "samespan-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	target := checkout
	if dry {
		if target, err = checkout.copy(ctx, work+"/copy"); err != nil {
			return err
		}
	}
	tagged, err := target.commitAndTag(ctx, version, time.Now().Format(time.DateOnly))
	if err != nil {
		return err
	}
	packed, err := tagged.pack(ctx, work)
	if err != nil {
		return err
	}
	return tagged.printReport(ctx, out, packed, branch, dry)
}

// commitAndTag commits and tags the release. If it fails, it leaves the repository
// unchanged. The working tree must be clean. If date is "", the change log is not
// changed.
func (r repository) commitAndTag(ctx context.Context, version, date string) (_ release, err error) {
	modules, err := r.modules(ctx)
	if err != nil {
		return release{}, err
	}
	order, err := sortByRequirements(modules)
	if err != nil {
		return release{}, err
	}
	tags, err := r.releaseTags(ctx, order)
	if err != nil {
		return release{}, err
	}
	if err := checkVersion(version, tags); err != nil {
		return release{}, err
	}
	changed, err := releaseEdits(r, modules, version)
	if err != nil {
		return release{}, err
	}
	if date != "" {
		log, err := os.ReadFile(r.file("CHANGELOG.md"))
		if err != nil {
			return release{}, err
		}
		if changed["CHANGELOG.md"], err = withHeading(log, version, date); err != nil {
			return release{}, err
		}
	}
	before, err := r.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return release{}, err
	}
	var createdTags []string
	defer func() {
		if err == nil {
			return
		}
		// Remove the tags and the commit even if the context has ended.
		ctx := context.WithoutCancel(ctx)
		for _, name := range createdTags {
			_, failed := r.git(ctx, "tag", "--delete", name)
			err = errors.Join(err, failed)
		}
		_, failed := r.git(ctx, "reset", "--quiet", "--hard", before)
		err = errors.Join(err, failed)
	}()
	if err := changed.write(r); err != nil {
		return release{}, err
	}
	if err := r.checkTidy(ctx, modules); err != nil {
		return release{}, err
	}
	names := slices.Sorted(maps.Keys(changed))
	if _, err := r.git(ctx, append([]string{"add", "--"}, names...)...); err != nil {
		return release{}, err
	}
	if _, err := r.git(ctx, "commit", "--quiet", "--allow-empty", "-m", "Release "+version); err != nil {
		return release{}, err
	}
	for _, m := range order {
		name := m.tagName(version)
		if _, err := r.git(ctx, "tag", "--annotate", "-m", m.path()+" "+version, name); err != nil {
			return release{}, err
		}
		createdTags = append(createdTags, name)
	}
	return release{repository: r, version: version, modules: order}, nil
}

// checkTidy checks the go.mod and go.sum of each module after the edits of the release. It
// returns an error if go mod tidy would change one of them.
func (r repository) checkTidy(ctx context.Context, modules []module) error {
	for _, m := range modules {
		if _, err := output(ctx, r.file(m.dir), []string{"GOWORK=off"}, "go", "mod", "tidy", "-diff"); err != nil {
			return fmt.Errorf("%s: %w", m.dir, err)
		}
	}
	return nil
}

// printReport prints what was done and the remaining steps.
func (r release) printReport(ctx context.Context, out io.Writer, packed packedRelease, branch string, dry bool) error {
	commit, err := r.git(ctx, "show", "--stat=100", "--format=%h %s")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\nTags and checksums of the modules, each after the modules that it requires:\n\n", commit)
	var tags []string
	for _, m := range r.modules {
		tags = append(tags, m.tagName(r.version))
		fmt.Fprintf(out, "  %-30s %s\n", m.tagName(r.version), packed.checksums[m.path()])
	}
	if dry {
		fmt.Fprintf(out, "\nThis was a dry run in a copy: the repository is unchanged. The release itself, made without DRYRUN=1, is published with:\n")
	} else {
		fmt.Fprintf(out, "\nNothing is published yet. To undo it:\n\n  git tag --delete %s\n  git reset --hard HEAD~1\n\nTo publish it:\n", strings.Join(tags, " "))
	}
	fmt.Fprintf(out, "\n  git push --atomic origin %s %s\n\nThen fetch the modules through the module proxy, in this order. The printed checksums (Sum) must be those above:\n\n", branch, strings.Join(tags, " "))
	for _, m := range r.modules {
		fmt.Fprintf(out, "  GOWORK=off go mod download -json %s@%s\n", m.path(), r.version)
	}
	return nil
}
