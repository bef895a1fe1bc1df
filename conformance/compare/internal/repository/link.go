package repository

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// lineFragment matches the URL fragment for a line of a source file.
var lineFragment = regexp.MustCompile(`^L\d+(?:-L\d+)?$`)

// checkLink returns an error if a link in the document file is broken. It checks only the
// syntax of external links.
func (c *documentChecker) checkLink(file, target string) error {
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
			return fmt.Errorf("link %q: want a path relative to the file", target)
		}
		to = path.Join(path.Dir(file), u.Path)
	}
	if to == ".." || strings.HasPrefix(to, "../") || !c.exists(to) {
		return fmt.Errorf("link %q: %s does not exist", target, to)
	}
	if u.Fragment == "" {
		return nil
	}
	if d := c.documents[to]; d != nil {
		if !d.Anchors[u.Fragment] {
			return fmt.Errorf("link %q: %s has no heading with the anchor %q", target, to, u.Fragment)
		}
	} else if !lineFragment.MatchString(u.Fragment) {
		return fmt.Errorf("link %q: %s has no headings, want a line such as #L7", target, to)
	}
	return nil
}

// repositoryPath matches text that looks like a path in the repository: a path in one of
// its directories, or a document.
var repositoryPath = regexp.MustCompile(`^(?:(?:conformance|core|ginotel|echootel|fiberotel|nethttpotel|\.ci)/[\w./-]*\w|[\w./-]*\w\.md)$`)

// checkPath returns an error if code looks like a path in the repository, but nothing exists
// at this path relative to the root or to the document file.
func (c *documentChecker) checkPath(file, code string) error {
	candidate := strings.TrimPrefix(code, "./")
	if !repositoryPath.MatchString(candidate) || c.exists(candidate) || c.exists(path.Join(path.Dir(file), candidate)) {
		return nil
	}
	return fmt.Errorf("%q: no such file or directory", code)
}
