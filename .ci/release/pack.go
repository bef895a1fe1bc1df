package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// packedRelease is a release whose modules are packed into zips, in the file layout of a
// module proxy.
type packedRelease struct {
	release
	// url is the URL of the proxy, for GOPROXY.
	url string
	// checksums maps module paths to the checksums of the zips, as in go.sum and the
	// checksum database.
	checksums map[string]string
}

// pack fetches the modules of the release by their tags with the go command, as a proxy
// does after publication. The go command decides which files a module's zip contains. Its
// download cache has the layout of a module proxy.
func (r release) pack(ctx context.Context, dir string) (packedRelease, error) {
	cache := filepath.Join(dir, "packed")
	args := []string{"mod", "download", "-json"}
	for _, m := range r.modules {
		args = append(args, m.path()+"@"+r.version)
	}
	listing, err := output(ctx, dir, []string{
		"GOWORK=off", "GOFLAGS=-modcacherw",
		"GOMODCACHE=" + cache,
		"GOPROXY=direct", "GONOSUMDB=" + modulePrefix,
		// Use the local repository and its tags instead of the public one.
		"GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url." + r.dir + ".insteadOf",
		"GIT_CONFIG_VALUE_0=https://" + modulePrefix,
	}, "go", args...)
	if err != nil {
		return packedRelease{}, err
	}
	packed := packedRelease{release: r, url: "file://" + filepath.Join(cache, "cache", "download"), checksums: make(map[string]string)}
	head, err := r.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return packedRelease{}, err
	}
	for decoder := json.NewDecoder(bytes.NewBufferString(listing)); ; {
		var got struct {
			Path, Version, Sum string
			Origin             struct{ Hash, Ref string }
		}
		if err := decoder.Decode(&got); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return packedRelease{}, err
		}
		want := "refs/tags/" + strings.TrimPrefix(got.Path, modulePrefix+"/") + "/" + got.Version
		if got.Origin.Hash != head || got.Origin.Ref != want || got.Sum == "" {
			return packedRelease{}, fmt.Errorf("go mod download: got %+v, want a module from %s at commit %s", got, want, head)
		}
		packed.checksums[got.Path] = got.Sum
	}
	if len(packed.checksums) != len(r.modules) {
		return packedRelease{}, fmt.Errorf("the go command fetched %d modules, want %d", len(packed.checksums), len(r.modules))
	}
	return packed, nil
}
