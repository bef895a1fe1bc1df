package repository

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// lineFragment matches the anchor of a line of a source file.
var lineFragment = regexp.MustCompile(`^L\d+(?:-L\d+)?$`)

// checkLink returns what is wrong with a link of a file. Only the form of an
// external link is checked.
func (r *documentReader) checkLink(file, target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("link %q: %w", target, err)
	}
	if u.Scheme != "" || u.Host != "" {
		if u.Scheme != "https" || !strings.Contains(u.Host, ".") || u.User != nil {
			return fmt.Errorf("link %q: want https:// and a host", target)
		}
		return nil
	}
	to := file
	if u.Path != "" {
		if strings.HasPrefix(u.Path, "/") {
			return fmt.Errorf("link %q: want a path from the file itself, which leads somewhere in every checkout", target)
		}
		to = path.Join(path.Dir(file), u.Path)
	}
	if to == ".." || strings.HasPrefix(to, "../") || !r.exists(to) {
		return fmt.Errorf("link %q: there is no %s", target, to)
	}
	if u.Fragment == "" {
		return nil
	}
	if d := r.documents[to]; d != nil {
		if !d.Anchors[u.Fragment] {
			return fmt.Errorf("link %q: %s has no heading with the anchor %q", target, to, u.Fragment)
		}
	} else if !lineFragment.MatchString(u.Fragment) {
		return fmt.Errorf("link %q: %s has no headings, want a line such as #L7", target, to)
	}
	return nil
}

// repositoryPath matches what looks like a path in the repository: of one of its
// folders, or a document.
var repositoryPath = regexp.MustCompile(`^(?:(?:conformance|core|ginotel|echootel|fiberotel|nethttpotel|\.ci)/[\w./-]*\w|[\w./-]*\w\.md)$`)

// checkPath returns what is wrong with code that looks like a path in the
// repository, relative to its root or to the file.
func (r *documentReader) checkPath(file, code string) error {
	candidate := strings.TrimPrefix(code, "./")
	if !repositoryPath.MatchString(candidate) || r.exists(candidate) || r.exists(path.Join(path.Dir(file), candidate)) {
		return nil
	}
	return fmt.Errorf("%q: there is no such file or folder", code)
}
