package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/declared"
)

// maxFileSize limits the size of a file, which is usually a few kilobytes.
const maxFileSize = 1 << 20

// readFileLimited returns the content of a file, or an error if the file is larger than
// maxFileSize.
func readFileLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = fmt.Errorf("larger than %d bytes", maxFileSize)
	}
	return text, err
}

// fileReader converts a file to settings and collects its errors.
type fileReader struct {
	name   string                       // name of the file in messages
	root   *yaml.Node                   // mapping at the top of the file
	getenv func(variable string) string // for the variables that the file refers to
	errs   []error                      // all errors so far
	file   *declared.File               // settings so far
}

// newSettingError returns the error for an invalid value of a setting.
func newSettingError(name, value string, err error) error {
	return &core.SettingError{Setting: name, Value: value, Err: fmt.Errorf("%s=%q: %w", name, value, err)}
}

// reject records an error about the value at path. value is empty if there is no value.
// problem says what is wrong with the value, and want what would be right. Values of
// headers are not shown, since they are usually credentials.
func (r *fileReader) reject(path, value, problem, want string) {
	name := r.name
	if path != "" {
		name += ": " + path
	}
	secret := strings.Contains(path, ".headers")
	switch {
	case value == "":
		e := &core.SettingError{Err: fmt.Errorf("%s: %s, want %s", name, problem, want)}
		if path != "" {
			e.Setting = name
		}
		r.errs = append(r.errs, e)
	case secret:
		r.errs = append(r.errs, &core.SettingError{
			Setting: name, Err: fmt.Errorf("%s (value not shown): %s, want %s", name, problem, want),
		})
	default:
		r.errs = append(r.errs, newSettingError(name, value, fmt.Errorf("%s, want %s", problem, want)))
	}
}

// setVariable stores a value of the file that replaces the environment variable. path is
// the key that has the value, for error messages.
func (r *fileReader) setVariable(variable, path, value string) {
	r.file.Settings[variable] = declared.Setting{Value: value, Path: path}
}

// read parses a file. name is the name of the file in messages. getenv returns the
// variables that the file refers to.
func read(name string, text []byte, getenv func(string) string) (*declared.File, []error) {
	r := &fileReader{name: name, getenv: getenv, file: &declared.File{Name: name, Settings: map[string]declared.Setting{}}}
	r.parse(text)
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	r.checkKeysAndTypes(r.root, modelType, "")
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	r.addDefaults(r.root, modelType)
	r.reportDecodeErrors(r.root, modelType, "")
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	var model otelconf.OpenTelemetryConfiguration
	if err := r.root.Decode(&model); err != nil {
		r.reject("", "", err.Error(), "a file that matches OpenTelemetry's configuration schema")
		return nil, r.errs
	}
	r.translate(&model)
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	return r.file, nil
}

// modelType is the type that the tree of a file is decoded into.
var modelType = reflect.TypeFor[otelconf.OpenTelemetryConfiguration]()

// yamlDirective matches a directive with the version of YAML. The parser refuses any version
// except 1.1, although it reads YAML 1.2.
var yamlDirective = regexp.MustCompile(`(?m)^%YAML[ \t]+1\.\d+`)

// parse parses the text to a tree. It replaces aliases by the nodes that they refer to, and
// references to variables by the values of the variables.
func (r *fileReader) parse(text []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(yamlDirective.ReplaceAll(text, []byte("%YAML 1.1"))))
	var document, secondDocument yaml.Node
	if err := decoder.Decode(&document); err != nil {
		problem, want := strings.TrimPrefix(err.Error(), "yaml: "), "YAML with the key file_format"
		switch {
		case errors.Is(err, io.EOF):
			problem = "empty"
		case strings.HasPrefix(problem, "unknown anchor"):
			// The parser's text has the name of the anchor, which may be a password.
			problem, want = "an alias has no anchor", "quotes around a value that begins with *"
		case bytes.Contains(text, []byte("${")):
			want = `YAML, with quotes around references inside braces, as in {key: "${NAME}"}`
		}
		r.reject("", "", problem, want)
		return
	}
	if err := decoder.Decode(&secondDocument); !errors.Is(err, io.EOF) {
		r.reject("", "", "more than one YAML document", "only one")
		return
	}
	tree, err := expandAliases(document.Content[0])
	if err != nil {
		problem, want, _ := strings.Cut(err.Error(), ", want ")
		r.reject("", "", problem, want)
		return
	}
	r.root = tree
	if tree.Kind != yaml.MappingNode {
		r.reject("", "", "not a mapping", "a mapping with keys such as file_format and tracer_provider")
		return
	}
	r.substitute(tree, "")
}

// supportedFileFormat matches the supported values of the key file_format.
var supportedFileFormat = regexp.MustCompile(`^1\.\d+(-rc\.\d+)?$`)

// translate converts the decoded file to the settings of package core.
func (r *fileReader) translate(model *otelconf.OpenTelemetryConfiguration) {
	if !supportedFileFormat.MatchString(model.FileFormat) {
		r.reject("file_format", model.FileFormat, "not supported", `"1.0", or another 1.x version`)
	}
	if disabled := findNode(r.root, "disabled"); disabled != nil && !isNull(disabled) {
		r.setVariable("OTEL_SDK_DISABLED", "disabled", strconv.FormatBool(*model.Disabled))
	}
	if findNode(r.root, "log_level") != nil {
		r.setLogLevel(model.LogLevel)
	}
	r.translatePropagators()
	r.translateResource(model.Resource)
	limits := r.translateAttributeLimits(model.AttributeLimits)
	r.translateTraces(model.TracerProvider, limits)
	r.translateMetrics(model.MeterProvider)
	r.translateLogs(model.LoggerProvider, limits)
	r.readInstrumentation()
}

// joinPath appends a key to a path.
func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// appendIndex appends a position in a list to a path.
func appendIndex(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
