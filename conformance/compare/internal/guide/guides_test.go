package guide

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

// guides are the guides for migrations from an official middleware to an adapter.
var guides = []struct {
	document string
	// upstream is the import path of the official middleware. official and ours are the
	// names of the subjects that have the official middleware and the adapter.
	upstream, official, ours string
	// otherVersionNames are names that upstream exports only in other versions than the one
	// in go.mod. The names of later versions are from the public documentation, and those of
	// earlier versions are from the source.
	otherVersionNames []string
}{
	{"ginotel/MIGRATING.md", "go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin", "otelgin", "ginotel", []string{"SemVersion"}},
	{"echootel/MIGRATING.md", "go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho", "otelecho", "echootel", []string{
		"WithMeterProvider", "WithMetricAttributeFn", "WithEchoMetricAttributeFn", "MetricAttributeFn", "EchoMetricAttributeFn", "WithOnError", "OnErrorFn",
	}},
	{"fiberotel/MIGRATING.md", "github.com/gofiber/contrib/otelfiber/v2", "otelfiber", "fiberotel", []string{"WithCustomMetricAttributes", "WithoutMetrics"}},
	{"nethttpotel/MIGRATING.md", "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp", "otelhttp", "nethttpotel", []string{
		"SemVersion", "DefaultClient", "Get", "Head", "Post", "PostForm", "WithPublicEndpoint", "WithRouteTag",
	}},
}

// TestGuidesListUpstreamExports checks that the guide's table of names has exactly
// the names that the official package exports.
func TestGuidesListUpstreamExports(t *testing.T) {
	for _, g := range guides {
		t.Run(g.ours, func(t *testing.T) {
			var named []string
			for _, row := range tableRows(sectionText(readDocument(t, g.document), "## Options and other names")) {
				named = append(named, inlineCodeIn(row[0])...)
			}
			compareSets(t, g.document, named, append(exportedNames(t, g.upstream), g.otherVersionNames...))
		})
	}
}

// unavailablePackages are official packages that a module proxy may not have, with the
// names in their public documentation.
var unavailablePackages = []struct {
	document string
	names    []string
}{
	{"echootel/echo5/MIGRATING.md", []string{ // echo-otel v5.0.0, with the fields of Config
		"NewMiddleware", "NewMiddlewareWithConfig", "Config", "ToMiddleware", "ServerName", "Skipper", "TracerProvider", "MeterProvider",
		"Propagators", "OnNextError", "OnErrorFunc", "OnExtractionError", "SpanStartOptions", "SpanStartAttributes", "SpanEndAttributes",
		"AttributesFunc", "MetricAttributes", "MetricAttributesFunc", "Metrics", "MetricsRecorder", "NewMetrics", "RecordValues", "Values",
		"ErrorType", "SpanStatus", "SpanNameFormatter", "SplitAddress", "TracerKey", "ScopeName", "Version",
	}},
	{"fiberotel/fiber3/MIGRATING.md", []string{ // gofiber/contrib v3/otel v1.0.0 to v1.2.3, and the code after v1.2.3
		"Middleware", "WithTracerProvider", "WithMeterProvider", "WithPropagators", "WithNext", "WithSpanNameFormatter", "WithCustomAttributes",
		"WithCustomResponseAttributes", "WithCustomMetricAttributes", "WithCustomResponseMetricAttributes", "WithTraceResponseHeader",
		"WithoutMetrics", "WithClientIP", "WithCollectClientIP", "WithPort", "HasBasicAuth", "Option", "MetricNameHTTPServerRequestDuration",
		"MetricNameHTTPServerRequestBodySize", "MetricNameHTTPServerResponseBodySize", "MetricNameHTTPServerActiveRequests",
		"UnitDimensionless", "UnitBytes", "UnitSeconds", "UnitRequest", "New", "WithResponsePropagators", "WithPublicEndpoint",
		"WithPublicEndpointFn", "WithSpanStartOptions", "WithCapturedRequestHeaders", "WithCapturedResponseHeaders", "WithRedactedQueryParams",
	}},
}

// TestGuidesListUnavailableExports is like TestGuidesListUpstreamExports, for the
// unavailable packages.
func TestGuidesListUnavailableExports(t *testing.T) {
	for _, g := range unavailablePackages {
		var named []string
		for _, row := range tableRows(sectionText(readDocument(t, g.document), "## Options and other names")) {
			named = append(named, inlineCodeIn(row[0])...)
		}
		compareSets(t, g.document, named, g.names)
	}
}

// exportedNames returns the names, without methods, that a package of another module
// exports.
func exportedNames(t *testing.T, path string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", path, err)
	}
	names, _ := exportedNamesIn(t, strings.TrimSpace(string(out)))
	return names
}

// TestAdaptersListTheirOptions checks that each adapter's table of options lists exactly
// the options that exist.
func TestAdaptersListTheirOptions(t *testing.T) {
	for _, adapter := range []string{"ginotel", "echootel", "echootel/echo5", "fiberotel", "fiberotel/fiber3", "nethttpotel"} {
		var options, listed []string
		exported, _ := exportedNamesIn(t, filepath.Join(repositoryRoot, adapter))
		for _, name := range exported {
			if strings.HasPrefix(name, "With") {
				options = append(options, name)
			}
		}
		for _, row := range tableRows(sectionText(readDocument(t, adapter+"/README.md"), "## Options")) {
			name, _, _ := strings.Cut(strings.Trim(row[0], "`"), "(")
			listed = append(listed, name)
		}
		compareSets(t, adapter+"/README.md", listed, options)
	}
}

// The marks in a guide's table of checks: for failures that step 1 of the migration fixes,
// and for failures that step 1 causes and step 2 fixes.
const (
	fixedMark  = "(from step 1 on)"
	brokenMark = "(fails only after step 1)"
)

// TestGuidesListUpstreamFailures checks that each guide's table of checks has exactly
// the checks that the official middleware fails in the golden matrix, with or without
// core.
func TestGuidesListUpstreamFailures(t *testing.T) {
	golden, err := os.Open(repositoryRoot + "/conformance/compare/testdata/matrix.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = golden.Close() }()
	expectation, err := matrix.Expect(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range guides {
		t.Run(g.ours, func(t *testing.T) {
			golden, named := make(map[string][]string), make(map[string][]string)
			for _, check := range expectation.Checks() {
				without := expectation.Outcome(g.official, check) == conformance.Fail
				with := expectation.Outcome(g.official+"+core", check) == conformance.Fail
				switch {
				case without && with:
					golden[""] = append(golden[""], check)
				case without:
					golden[fixedMark] = append(golden[fixedMark], check)
				case with:
					golden[brokenMark] = append(golden[brokenMark], check)
				}
			}
			for _, row := range tableRows(sectionText(readDocument(t, g.document), "## What else changes")) {
				mark := ""
				for _, m := range []string{fixedMark, brokenMark} {
					if strings.HasSuffix(row[0], m) {
						mark = m
					}
				}
				named[mark] = append(named[mark], inlineCodeIn(row[0])...)
			}
			for _, mark := range []string{"", fixedMark, brokenMark} {
				compareSets(t, "## What else changes, marked "+strconv.Quote(mark), named[mark], golden[mark])
			}
		})
	}
}

// TestMigrationListsRequiredVersions checks that the table of core/MIGRATING.md has the
// versions that the go.mod file of each module requires.
func TestMigrationListsRequiredVersions(t *testing.T) {
	_, table, found := strings.Cut(readDocument(t, "core/MIGRATING.md"), "**Versions.**")
	if !found {
		t.Fatal("core/MIGRATING.md has no table of versions")
	}
	table, _, _ = strings.Cut(table, "**TLS.**")
	seen := 0
	for _, row := range tableRows(table) {
		module := inlineCodeIn(row[0])[0]
		requirements := readDocument(t, module+"/go.mod")
		for _, version := range inlineCodeIn(strings.Join(row[1:], " ")) {
			seen++
			if !strings.Contains(requirements, "/"+version+"\n") && !strings.Contains(requirements, "/"+version+" //") {
				t.Errorf("%s does not require %s", module, version)
			}
		}
	}
	if seen < 20 {
		t.Errorf("got %d versions, want those of each module", seen)
	}
}
