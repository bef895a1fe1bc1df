package repository

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOpenEndsFindsEachProblem checks that OpenEnds finds each kind of problem, and that
// it reports nothing for a correct document.
func TestOpenEndsFindsEachProblem(t *testing.T) {
	const good = "# A good one\n\n[self](#a-good-one) [code](core/a.go#L7) [folder](core) [other](docs.md#b-2) [out](https://example.com/a#b)\n" +
		"`make test lint FUZZTIME=1s`, `core/a.go`, `./core/a.go`, `core/exclude/none.*`, `docs.md`, `a make nothing`, `matrix -x`, `matrix of`\n\n" +
		"```\nmake test   # all\ncd core && make lint; go run ./conformance/compare matrix \\\n    -x 'two words' # and no more\ngo run ./conformance/compare\n```\n"
	tests := []struct{ name, text, want string }{
		{"good", good, ""},
		{"left to do", "What is missing: " + "TO" + "DO.", "TO" + "DO"},
		{"dead link", "[a](none.md)", `none.md does not exist`},
		{"link above the root", "[a](../a.md)", `../a.md does not exist`},
		{"absolute link", "[a](/docs.md)", `want a path relative to the file`},
		{"dead anchor", "[a](#none)", `no heading with the anchor "none"`},
		{"dead anchor elsewhere", "[a](docs.md#none)", `docs.md has no heading with the anchor "none"`},
		{"anchor in code", "[a](core/a.go#main)", `core/a.go has no headings`},
		{"link in HTML", `<a href="none">a</a>`, `none does not exist`},
		{"image", "![a](none.png)", `none.png does not exist`},
		{"no TLS", "[a](http://example.com/)", `want https://`},
		{"no host", "[a](https://example/)", `want https:// and a host`},
		{"no URL", "[a](%zz)", `link "%zz"`},
		{"no target", "`make none`", `make none`},
		{"no second target", "```\nmake test none\n```", `make none`},
		{"no target after another command", "```\ncd core && make none\n```", `make none`},
		{"no command", "`go run ./conformance/compare none`", `unknown`},
		{"no flag", "```\ngo run ./conformance/compare matrix \\\n    --none 'a b'\n```", `unknown`},
		{"no flag of a short call", "`matrix --none`", `unknown`},
		{"open quotation", "`go run ./conformance/compare matrix -x 'a`", `not closed`},
		{"no file", "`core/none.go`", `no such file`},
		{"no document", "`NONE.md`", `no such file`},
	}
	compare := func(args []string) error {
		if slices.Equal(args, []string{"matrix", "-x", "two words"}) || slices.Equal(args, []string{"matrix", "-x"}) {
			return nil
		}
		return errors.New("unknown")
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range map[string]string{
				"Makefile": "test: ## all\n\tgo test\n\nlint: test\n", "core/a.go": "package core\n", "docs.md": "# B 2\n", "read.md": test.text,
			} {
				if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			problems, err := OpenEnds(root, compare)
			switch {
			case err != nil:
				t.Fatal(err)
			case test.want == "" && len(problems) > 0:
				t.Errorf("got %q, want nothing", problems)
			case test.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], test.want)):
				t.Errorf("got %q, want one problem with %q", problems, test.want)
			}
		})
	}
	if _, err := OpenEnds(t.TempDir(), compare); err == nil {
		t.Error("got no error for a repository without a Makefile")
	}
}
