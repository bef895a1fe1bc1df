package configfile

import (
	"fmt"
	"os"
	"strings"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/declared"
)

// FromEnvironment returns an option that reads the file named by OTEL_CONFIG_FILE. If the
// variable is not set, the option has no effect, and the other OTEL_* variables configure
// the service.
//
// If the file cannot be read or has an unsupported setting, [core.Setup] returns an
// error, even with [core.WithLenientEnvironment].
func FromEnvironment() core.Option { return core.Declared(fileSource("")) }

// FromFile is like FromEnvironment, but reads the file at path if OTEL_CONFIG_FILE is not
// set. Use it for a file that is deployed with the service. A relative path starts from
// the working directory.
func FromFile(path string) core.Option { return core.Declared(fileSource(path)) }

// fileSource returns a function that reads the file that OTEL_CONFIG_FILE names, or else
// the file at the path fallback. Setup calls the function, so the variable can be set
// until then.
func fileSource(fallback string) declared.Source {
	return func() (*declared.File, []error) {
		path := strings.TrimSpace(os.Getenv(declared.VariableFile))
		fromVariable := path != ""
		if !fromVariable {
			path = fallback
		}
		if strings.TrimSpace(path) == "" {
			return nil, nil
		}
		text, err := readFileLimited(path)
		if err != nil {
			setting := "FromFile"
			if fromVariable {
				setting = declared.VariableFile
			}
			return nil, []error{newSettingError(setting, path, fmt.Errorf("%w, want a readable YAML file", err))}
		}
		return read(path, text, os.Getenv)
	}
}
