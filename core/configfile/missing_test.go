package configfile_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/configfile"
)

// TestMissingFileMatchesErrNotExist proves that the error about a missing file matches
// fs.ErrNotExist and names the variable.
func TestMissingFileMatchesErrNotExist(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing.yaml")
	for _, test := range []struct {
		variable string
		option   core.Option
		setting  string
	}{
		{path, configfile.FromEnvironment(), "OTEL_CONFIG_FILE"},
		{"", configfile.FromFile(path), "FromFile"},
	} {
		clearEnvironment(t)
		t.Setenv("OTEL_CONFIG_FILE", test.variable)
		_, err := core.Setup(t.Context(), test.option, core.WithLenientEnvironment())
		var bad *core.SettingError
		if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &bad) || bad.Setting != test.setting || bad.Value != path {
			t.Errorf("%s: got %v, %#v; want fs.ErrNotExist about %s", test.setting, err, bad, path)
		}
	}
}

// TestErrorContainsKeyAndValue proves that the error about a key contains the path and
// the value of the key.
func TestErrorContainsKeyAndValue(t *testing.T) {
	clearEnvironment(t)
	path := writeFile(t, "file_format: \"1.1\"\ntracer_provider: {processors: [], sampler: {trace_id_ratio_based: {ratio: 7}}}\n")
	_, err := core.Setup(t.Context(), configfile.FromFile(path))
	var bad *core.SettingError
	if !errors.As(err, &bad) || bad.Setting == "" || bad.Setting == path {
		t.Errorf("got %#v: %v, want the key", bad, err)
	}
}

// TestEmptyPathIsRefused proves that FromFile does not take an empty path, such as the value of
// an unset variable, for a service without a file.
func TestEmptyPathIsRefused(t *testing.T) {
	for _, path := range []string{"", " "} {
		clearEnvironment(t)
		_, err := core.Setup(t.Context(), configfile.FromFile(path), core.WithoutGlobals())
		var bad *core.SettingError
		if !errors.As(err, &bad) || bad.Setting != "FromFile" || bad.Value != path {
			t.Errorf("%q: got %v, want an error about FromFile", path, err)
		}
	}
}
