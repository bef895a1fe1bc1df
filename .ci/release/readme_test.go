package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// readReadme returns the README of this repository.
func readReadme(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(readme)
}

// readDocument reads a document that the README links to.
func readDocument(name string) (string, error) {
	document, err := os.ReadFile("../../" + name)
	return string(document), err
}

func TestReadTutorial(t *testing.T) {
	tutorial, err := readTutorial(readReadme(t), readDocument)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ imports, server string }{
		"ginotel":          {"github.com/gin-gonic/gin", "GET /process/:item_id"},
		"echootel":         {"github.com/labstack/echo/v4", "GET /process/:item_id"},
		"echootel/echo5":   {"github.com/labstack/echo/v5", "GET /process/:item_id"},
		"fiberotel":        {"github.com/gofiber/fiber/v2", "GET /process/:item_id"},
		"fiberotel/fiber3": {"github.com/gofiber/fiber/v3", "GET /process/:item_id"},
		"nethttpotel":      {"", "GET /process/{item_id}"},
	}
	for _, p := range tutorial.programs {
		expected, ok := want[strings.TrimPrefix(p.adapter, modulePrefix+"/")]
		delete(want, strings.TrimPrefix(p.adapter, modulePrefix+"/"))
		if !ok || p.frameworkModule != expected.imports {
			t.Errorf("%s: got adapter %s of %q, want of %q", p.framework, p.adapter, p.frameworkModule, expected.imports)
		}
		server, child, err := tutorial.spanNames(p)
		if err != nil || server != expected.server || child != "process_item_logic" {
			t.Errorf("%s: got %q and %q, %v, want %q and process_item_logic", p.framework, server, child, err, expected.server)
		}
		if typed := tutorial.installCommands(p); strings.Count(typed, modulePrefix) != 2 || !strings.Contains(typed, p.adapter+"\n") {
			t.Errorf("%s: got this to type, want core and the adapter in it:\n%s", p.framework, typed)
		}
		moved, program := tutorial.withPort(p, 4711)
		if !strings.Contains(program.source, `":4711"`) || strings.Count(moved.requestScript, "http://localhost:4711/") != 3 {
			t.Errorf("%s: got a program and requests that are not at port 4711:\n%s%s", p.framework, program.source, moved.requestScript)
		}
	}
	if len(want) > 0 {
		t.Errorf("got no program for %v", want)
	}
}

func TestReadTutorialRejectsUnknownParts(t *testing.T) {
	readme := readReadme(t)
	for _, test := range []struct{ name, old, replacement, err string }{
		{"no section", "\n## Quick start\n", "\n## Start\n", `section "Quick start" not found`},
		{"one command less", "```\nOTEL_TRACES_EXPORTER=console go run .\n```\n", "", "got 3 code blocks without a language"},
		{"another language", "```\ncurl ", "```console\ncurl ", "a code block in console"},
		{"no program", "\n\t\"github.com/samespan/samespan/ginotel\"\n", "\n", "Gin: the program does not import"},
		{"two programs", "\n```go\npackage main", "\n```go\npackage other\n\nimport _ \"github.com/samespan/samespan/ginotel\"\n```\n```go\npackage main", "Gin: got two Go code blocks"},
		{"a document without a quick start", "(echootel/README.md#quick-start)", "(core/README.md#quick-start)", `section "Quick start" not found`},
		{"a document that is not there", "(echootel/README.md#quick-start)", "(echootel/NOTHING.md#quick-start)", "NOTHING.md"},
		{"no adapter", "samespan/core github.com/samespan/samespan/ginotel\n", "samespan/core\n", "none of the adapters in the table"},
		{"no Go", "package main", "main package", "parse a Go code block"},
	} {
		t.Run(test.name, func(t *testing.T) {
			spoiled := strings.Replace(readme, test.old, test.replacement, 1)
			if spoiled == readme {
				t.Fatalf("the README has no %q", test.old)
			}
			if _, err := readTutorial(spoiled, readDocument); err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want an error with %q", err, test.err)
			}
		})
	}
}

// TestGoGetNamesPublishedModules checks that every go get command in a document names only
// modules that are published in releases.
func TestGoGetNamesPublishedModules(t *testing.T) {
	checkout, err := findRepository(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	modules, err := checkout.modules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	published := make(map[string]bool)
	for _, m := range modules {
		published[m.path()] = m.published
	}
	documents, err := checkout.git(t.Context(), "ls-files", "--", "*.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("go get ([^`\n]+)")
	named := 0
	for _, name := range strings.Fields(documents) {
		content, err := os.ReadFile(checkout.file(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range command.FindAllStringSubmatch(string(content), -1) {
			for _, word := range strings.Fields(match[1]) {
				path, _, _ := strings.Cut(word, "@")
				if !strings.HasPrefix(path, modulePrefix) {
					continue
				}
				named++
				if !published[path] {
					t.Errorf("%s: %q: there is no published module %s", name, match[0], path)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no document says what to get")
	}
}
