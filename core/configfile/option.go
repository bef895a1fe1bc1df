package configfile

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/declared"
)

// FromEnvironment returns an option that reads the file named by OTEL_CONFIG_FILE or, if
// that is not set, by its former name OTEL_EXPERIMENTAL_CONFIG_FILE. If neither is set, the
// option has no effect, and the other OTEL_* variables configure the service.
//
// If the file cannot be read or has an unsupported setting, [core.Setup] returns an
// error, even with [core.WithLenientEnvironment].
func FromEnvironment() core.Option { return core.Declared(fileSource("")) }

// FromFile is like FromEnvironment, but reads the file at path if no variable names a
// file. Use it for a file that is deployed with the service. A relative path starts from
// the working directory. If path is empty, [core.Setup] returns an error, even if a variable
// names a file.
func FromFile(path string) core.Option {
	if strings.TrimSpace(path) == "" {
		return core.Declared(func() (*declared.File, []error) {
			return nil, []error{newSettingError(optionFromFile, path, errors.New("empty, want the path of a YAML file, or FromEnvironment"))}
		})
	}
	return core.Declared(fileSource(path))
}

// optionFromFile is the name of FromFile in messages.
const optionFromFile = "FromFile"

// deprecatedVariable is the former name of OTEL_CONFIG_FILE, which OpenTelemetry's
// specification still lists.
const deprecatedVariable = "OTEL_EXPERIMENTAL_CONFIG_FILE"

// fileSource returns a function that reads the file that a variable names, or else the file
// at fallback. Setup calls the function, so the variables can be set until then.
func fileSource(fallback string) declared.Source {
	return func() (*declared.File, []error) {
		setting, path := optionFromFile, fallback
		for _, variable := range []string{deprecatedVariable, declared.VariableFile} { // the last one that is set is used
			if value := strings.TrimSpace(os.Getenv(variable)); value != "" {
				setting, path = variable, value
			}
		}
		if strings.TrimSpace(path) == "" {
			return nil, nil
		}
		text, err := readFileLimited(path)
		if err != nil {
			return nil, []error{newSettingError(setting, path, fmt.Errorf("%w, want a readable YAML file", err))}
		}
		return read(path, text, os.Getenv)
	}
}
