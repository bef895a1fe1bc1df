package main

import (
	"go/format"
	"strings"
	"testing"
)

// TestQuickStartsHaveVariantsWithoutCore checks that every quick start has the
// variants without core that goget -size builds.
func TestQuickStartsHaveVariantsWithoutCore(t *testing.T) {
	tutorial, err := readTutorial(readReadme(t), readDocument)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tutorial.programs {
		for _, adapter := range []bool{false, true} {
			source, err := p.sourceWithoutCore(adapter)
			if err != nil {
				t.Errorf("%s: %v", p.framework, err)
				continue
			}
			formatted, err := format.Source([]byte(source))
			if err != nil || string(formatted) != source {
				t.Errorf("%s: want it formatted, got %v for\n%s", p.framework, err, source)
			}
			if got := strings.Contains(source, `"`+p.adapter+`"`); got != adapter {
				t.Errorf("%s: imports the adapter: got %t, want %t", p.framework, got, adapter)
			}
			if p.frameworkModule != "" && !strings.Contains(source, `"`+p.frameworkModule+`"`) {
				t.Errorf("%s: does not import %s", p.framework, p.frameworkModule)
			}
			if strings.Contains(source, modulePrefix+`/core"`) {
				t.Errorf("%s: imports core", p.framework)
			}
		}
	}
}

// exampleSizes is an example of the sizes of one framework's service.
var exampleSizes = []programSizes{{
	framework:   "Gin v1.12.0",
	bare:        buildSize{bytes: 20_740_000, linkedModules: 19, listedModules: 55, packages: 101},
	withAdapter: buildSize{bytes: 21_950_000, linkedModules: 29, listedModules: 92, packages: 136},
	withCore:    buildSize{bytes: 43_010_000, linkedModules: 55, listedModules: 149, packages: 337},
}}

func TestSizeTable(t *testing.T) {
	const want = "| Gin v1.12.0 | 20.7 MB · modules 19 of 55 · packages 101 | +1.2 MB · modules +10 of +37 · packages +35 | +22.3 MB · modules +36 of +94 · packages +236 |\n"
	if got := sizeTable(exampleSizes, "go1.26.8 for linux/amd64"); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant it to end in\n%s", got, want)
	}
}

// TestReplaceAndCompareSizes proves that replaceSizes replaces only the table of sizes, and
// that compareSizes finds each difference except those in the sizes of binaries.
func TestReplaceAndCompareSizes(t *testing.T) {
	table := sizeTable(exampleSizes, "go1.26.8 for linux/amd64")
	_, readme, err := replaceSizes([]byte("before\n"+sizeTableBegin+"old\n"+sizeTableEnd+"after\n"), table)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n" + sizeTableBegin + table + sizeTableEnd + "after\n"; string(readme) != want {
		t.Errorf("got\n%s\nwant\n%s", readme, want)
	}
	if documented, _, err := replaceSizes(readme, ""); err != nil || documented != table {
		t.Errorf("got\n%s, %v, want\n%s", documented, err, table)
	}
	for _, without := range []string{"", sizeTableBegin, sizeTableEnd} {
		if _, _, err := replaceSizes([]byte(without), table); err == nil {
			t.Errorf("got no error for a page with %q alone", without)
		}
	}

	for _, test := range []struct {
		name, documented string
		current          bool
	}{
		{"the same", table, true},
		{"a bigger binary", strings.Replace(table, "+22.3 MB", "+22.9 MB", 1), true},
		{"a module more", strings.Replace(table, "+36 of", "+37 of", 1), false},
		{"a package less", strings.Replace(table, "packages +236", "packages +235", 1), false},
		{"another platform, where counts differ", strings.NewReplacer("amd64", "arm64", "+36 of", "+37 of").Replace(table), true},
		{"another framework's version", strings.Replace(table, "v1.12.0", "v1.11.0", 1), false},
		{"nothing", "", false},
	} {
		if err := compareSizes(test.documented, table); (err == nil) != test.current {
			t.Errorf("%s: got %v, want it to be current: %t", test.name, err, test.current)
		}
	}
}
