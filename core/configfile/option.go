package configfile

import (
	"fmt"
	"os"
	"strings"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/declared"
)

// FromEnvironment reads the file that OTEL_CONFIG_FILE names. Where the
// variable is not set, everything is as without this option: the other OTEL_*
// variables configure the service.
//
// A file that cannot be read, or that asks for something that the service
// cannot do, is an error of [core.Setup], also with
// [core.WithLenientEnvironment]: a file is taken as a whole or not at all.
func FromEnvironment() core.Option { return core.Declared(source("")) }

// FromFile is FromEnvironment with a file for where OTEL_CONFIG_FILE is not
// set, such as one that is shipped with the service. A relative path starts
// from the working directory.
func FromFile(path string) core.Option { return core.Declared(source(path)) }

// source returns what reads the file at the start of Setup, not before: the
// environment may be prepared in between.
func source(fallback string) declared.Source {
	return func() (*declared.File, []error) {
		path := strings.TrimSpace(os.Getenv(declared.VariableFile))
		named := path != ""
		if !named {
			path = fallback
		}
		if strings.TrimSpace(path) == "" {
			return nil, nil
		}
		text, err := load(path)
		if err != nil {
			origin := "FromFile"
			if named {
				origin = declared.VariableFile
			}
			return nil, []error{invalid(origin, path, fmt.Errorf("%w, want a readable YAML file", err))}
		}
		return read(path, text, os.Getenv)
	}
}
