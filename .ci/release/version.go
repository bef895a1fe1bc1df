package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// releaseTags returns a map from the release tags of the modules to their versions, such as
// from core/v0.2.0 to v0.2.0.
func (r repository) releaseTags(ctx context.Context, modules []module) (map[string]string, error) {
	list, err := r.git(ctx, "tag", "--list")
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string)
	for _, name := range strings.Fields(list) {
		for _, m := range modules {
			if version, ok := strings.CutPrefix(name, m.dir+"/"); ok && semver.IsValid(version) {
				tags[name] = version
			}
		}
	}
	return tags, nil
}

// checkVersion returns an error, with the reason, if version cannot be the next release.
// tags is the result of releaseTags.
func checkVersion(version string, tags map[string]string) error {
	if !semver.IsValid(version) || semver.Canonical(version) != version {
		return fmt.Errorf("version %q: want a version such as v0.2.0 or v0.2.0-rc.1", version)
	}
	if major := semver.Major(version); major != "v0" && major != "v1" {
		return fmt.Errorf("version %s: want v0 or v1, since the module paths do not end with /%s", version, major)
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if semver.Compare(version, tags[name]) <= 0 {
			return fmt.Errorf("version %s: want a version above that of the tag %s", version, name)
		}
	}
	return nil
}

// nextVersion returns a version above all versions in tags, for rehearsals of a release.
func nextVersion(tags map[string]string) string {
	highest := "v0.0.0"
	for _, tagged := range tags {
		if semver.Compare(tagged, highest) > 0 {
			highest = tagged
		}
	}
	major, minor, _ := strings.Cut(semver.MajorMinor(highest), ".")
	n, err := strconv.Atoi(minor)
	if err != nil {
		panic(err) // semver has checked the version
	}
	return fmt.Sprintf("%s.%d.0", major, n+1)
}
