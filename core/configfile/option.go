package configfile

import (
	"fmt"
	"os"
	"strings"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/declared"
)

// FromEnvironment reads the file that OTEL_CONFIG_FILE names. If the variable
// is not set, the option has no effect: the other OTEL_* variables configure
// the service.
//
// A file that cannot be read, or that has an unsupported setting, makes
// [core.Setup] return an error, also with [core.WithLenientEnvironment].
func FromEnvironment() core.Option { return core.Declared(fileSource("")) }

// FromFile is FromEnvironment with a default file for when OTEL_CONFIG_FILE is
// not set, such as one that is deployed with the service. A relative path
// starts from the working directory.
func FromFile(path string) core.Option { return core.Declared(fileSource(path)) }

// fileSource returns a function that reads the file during Setup, so that the
// environment can be prepared before.
func fileSource(fallback string) declared.Source {
	return func() (*declared.File, []error) {
		path := strings.TrimSpace(os.Getenv(declared.VariableFile))
		named := path != ""
		if !named {
			path = fallback
		}
		if strings.TrimSpace(path) == "" {
			return nil, nil
		}
		text, err := readFileLimited(path)
		if err != nil {
			origin := "FromFile"
			if named {
				origin = declared.VariableFile
			}
			return nil, []error{newInvalid(origin, path, fmt.Errorf("%w, want a readable YAML file", err))}
		}
		return read(path, text, os.Getenv)
	}
}
