package main

import (
	"bufio"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core"
)

// The first lines of the tables in CONFIGURATION.md.
const (
	settingsHeader = "| what | variable | option of `core.Setup` | default |"
	adaptersHeader = "| option | adapters | what | default |"
)

// adapters are the directories of the adapters' modules.
var adapters = []string{"ginotel", "echootel", "echootel/echo5", "fiberotel", "fiberotel/fiber3", "nethttpotel"}

// optionNames returns the names of a package's exported functions that return an Option.
// folder is the package's directory in the repository.
func optionNames(t *testing.T, folder string) (options []string) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir("../../"+folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "../../"+folder:
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.IsExported() && returnsOption(f) {
				options = append(options, f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return options
}

// returnsOption reports whether the only result of f is an Option.
func returnsOption(f *ast.FuncDecl) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	switch result := f.Type.Results.List[0].Type.(type) {
	case *ast.Ident:
		return result.Name == "Option"
	case *ast.SelectorExpr:
		return result.Sel.Name == "Option"
	}
	return false
}

// optionName returns the name of the option in a call such as WithRouteFormat(…).
func optionName(call string) string {
	before, _, _ := strings.Cut(call, "(")
	return before
}

// TestConfigurationPageListsEveryOption checks that the tables in CONFIGURATION.md list exactly the
// existing options.
func TestConfigurationPageListsEveryOption(t *testing.T) {
	document := readConfigurationPage(t)
	var named, files []string
	for _, row := range tableRows(document, settingsHeader) {
		for _, call := range inlineCodeIn(row[2], "With") {
			named = append(named, optionName(call))
		}
		for _, call := range inlineCodeIn(row[2], "configfile.") {
			files = append(files, strings.TrimPrefix(optionName(call), "configfile."))
		}
	}
	// Declared is not an option for users: package configfile uses it to make its
	// options.
	options := slices.DeleteFunc(optionNames(t, "core"), func(option string) bool { return option == "Declared" })
	for _, problem := range slices.Concat(tableDifference(named, options), tableDifference(files, optionNames(t, "core/configfile"))) {
		t.Error(problem)
	}

	rows := tableRows(document, adaptersHeader)
	for _, adapter := range adapters {
		var named []string
		for _, row := range rows {
			if row[1] == "all" || slices.Contains(inlineCodeIn(row[1], ""), adapter) {
				named = append(named, inlineCodeIn(row[0], "With")...)
			}
		}
		for _, problem := range tableDifference(named, optionNames(t, adapter)) {
			t.Errorf("%s: %s", adapter, problem)
		}
	}
}

// foreignVariables are variables that only other libraries read. The table omits them.
// Each value says what the variable is.
var foreignVariables = map[string]string{
	"OTEL_GO_X_CARDINALITY_LIMIT":        "an experiment of the SDK",
	"OTEL_GO_X_OBSERVABILITY":            "an experiment of the SDK",
	"OTEL_GO_X_METRIC_EXPORT_BATCH_SIZE": "an experiment of the SDK",
	"OTEL_GO_X_SELF_OBSERVABILITY":       "an older name of OTEL_GO_X_OBSERVABILITY",
	"OTEL_GO_X_RESOURCE":                 "an experiment of the SDK",
}

// TestConfigurationPageListsEveryVariable checks that the table in CONFIGURATION.md lists exactly the
// variables that a process reads.
func TestConfigurationPageListsEveryVariable(t *testing.T) {
	var named []string
	for _, row := range tableRows(readConfigurationPage(t), settingsHeader) {
		for _, pattern := range inlineCodeIn(row[1], "OTEL_") {
			pattern, _, _ = strings.Cut(pattern, "=")
			if strings.Contains(pattern, "…") {
				t.Errorf("%s: %s leaves something out, want it in full or with braces", row[0], pattern)
			}
			for _, variable := range expandBraces(pattern) {
				if !slices.Contains(named, variable) { // a row may mention another row's variable
					named = append(named, variable)
				}
			}
		}
	}
	read := make(map[string]bool)
	for _, variables := range [][]string{
		// The exclusion variables of frameworks must be set, because Setup reads only those
		// that it finds in the list of all environment variables.
		{
			"OTEL_GO_GIN_EXCLUDED_URLS=/x", "OTEL_GO_ECHO_EXCLUDED_URLS=/x",
			"OTEL_GO_FIBER_EXCLUDED_URLS=/x", "OTEL_GO_NETHTTP_EXCLUDED_URLS=/x",
		},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_TRACES_SAMPLER=traceidratio"},
		{"OTEL_TRACES_EXPORTER=console", "OTEL_METRICS_EXPORTER=console", "OTEL_LOGS_EXPORTER=console"},
	} {
		for _, variable := range variablesReadBySetup(t, variables) {
			read[variable] = true
		}
	}
	for variable, reason := range foreignVariables {
		if !read[variable] {
			t.Errorf("%s (%s) is not read any more, want it out of the list of exceptions", variable, reason)
		}
		delete(read, variable)
	}
	for _, problem := range tableDifference(named, slices.Sorted(maps.Keys(read))) {
		t.Error(problem)
	}
}

// setupOnlyVariable is the environment variable that makes the test binary set up telemetry,
// shut it down and exit.
const setupOnlyVariable = "COMPARE_AS_SETUP"

// variablesReadBySetup returns the names of the OTEL_ variables that a process reads between
// Setup and Shutdown, including those that the SDK reads. In that process, only the given
// variables are set. The process is this test binary, because a test binary can log each
// variable that it reads, with -test.testlogfile.
func variablesReadBySetup(t *testing.T, variables []string) (names []string) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "read")
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	process := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestSetupProcess$", "-test.testlogfile="+list)
	process.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "OTEL_") }), setupOnlyVariable+"=1")
	process.Env = append(process.Env, variables...)
	if out, err := process.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if variable, ok := strings.CutPrefix(lines.Text(), "getenv "); ok && strings.HasPrefix(variable, "OTEL_") {
			names = append(names, variable)
		}
	}
	if len(names) == 0 {
		t.Fatal("got no variable, want those that Setup reads")
	}
	return names
}

// TestSetupProcess is not a test: it is the main function of the process that
// variablesReadBySetup starts.
func TestSetupProcess(t *testing.T) {
	if os.Getenv(setupOnlyVariable) == "" {
		t.Skip("it is only for the process of TestConfigurationPageListsEveryVariable")
	}
	tel, err := core.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shutdownNow(tel)
}

// shutdownNow shuts down telemetry that has recorded nothing, without waiting for a
// collector.
func shutdownNow(tel *core.Telemetry) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_ = tel.Shutdown(ctx)
}
