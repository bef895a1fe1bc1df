package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// tutorial is the README's quick start: what it says to type, and to see.
type tutorial struct {
	// install makes the application's folder, module and requirements; start
	// runs it; requests are made while it runs. Each is lines for a shell.
	install, start, requests string
	// seen is what start prints after the requests.
	seen string
	// shown is the adapter's path that install has, in the place of which
	// another framework's adapter is to be put.
	shown    string
	programs []program
}

// program is the quick start of one framework.
type program struct {
	framework string
	// adapter is the path of the framework's adapter, a module.
	adapter string
	// imports is the framework's path, a module's too; "" for net/http.
	imports string
	source  string
}

// name is a short one for files: that of the adapter's folder.
func (p program) name() string {
	return strings.ReplaceAll(strings.TrimPrefix(p.adapter, root+"/"), "/", "-")
}

var row = regexp.MustCompile("(?m)^\\| \\[([^]]+)\\]\\([^)]*\\) \\| `(" + regexp.QuoteMeta(root) + "/[^`]+)` \\|")

// block is what stands between a pair of fences.
type block struct{ language, text string }

func blocks(markdown string) []block {
	var found []block
	open := false
	for line := range strings.Lines(markdown) {
		switch language, isFence := strings.CutPrefix(line, "```"); {
		case isFence && open:
			open = false
		case isFence:
			open = true
			found = append(found, block{language: strings.TrimSpace(language)})
		case open:
			found[len(found)-1].text += line
		}
	}
	return found
}

// readTutorial reads the quick start. What it does not understand is an error,
// because nobody would notice that it is no longer tried.
func readTutorial(readme string) (tutorial, error) {
	_, section, found := strings.Cut(readme, "\n## Quick start\n")
	if !found {
		return tutorial{}, errors.New(`no section "Quick start"`)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var typed, sources []string
	for _, b := range blocks(section) {
		switch b.language {
		case "":
			typed = append(typed, b.text)
		case "go":
			sources = append(sources, b.text)
		default:
			return tutorial{}, fmt.Errorf("a block of %s: want Go, or what is typed and seen", b.language)
		}
	}
	if len(typed) != 4 {
		return tutorial{}, fmt.Errorf("%d blocks that are not Go, want 4: installation, start, requests, what is seen", len(typed))
	}
	t := tutorial{install: typed[0], start: typed[1], requests: typed[2], seen: typed[3]}
	for _, match := range row.FindAllStringSubmatch(section, -1) {
		p, err := program{framework: match[1], adapter: match[2]}.find(&sources)
		if err != nil {
			return tutorial{}, fmt.Errorf("%s: %w", p.framework, err)
		}
		if slices.Contains(strings.Fields(t.install), p.adapter) {
			t.shown = p.adapter
		}
		t.programs = append(t.programs, p)
	}
	if len(sources) > 0 {
		return tutorial{}, fmt.Errorf("a program of no framework in the table:\n%s", sources[0])
	}
	if t.shown == "" {
		return tutorial{}, fmt.Errorf("the installation has no adapter of the table:\n%s", t.install)
	}
	return t, nil
}

// find takes the one source that imports the program's adapter out of sources.
func (p program) find(sources *[]string) (program, error) {
	for i := 0; i < len(*sources); i++ {
		source := (*sources)[i]
		file, err := parser.ParseFile(token.NewFileSet(), "main.go", source, parser.ImportsOnly)
		if err != nil {
			return p, fmt.Errorf("a Go block is no program: %w", err)
		}
		if !slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == strconv.Quote(p.adapter) }) {
			continue
		}
		if p.source != "" {
			return p, fmt.Errorf("two programs import %s, want one", p.adapter)
		}
		p.source = source
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && strings.Contains(path, ".") && !strings.HasPrefix(path, root+"/") {
				p.imports = path
			}
		}
		*sources = slices.Delete(*sources, i, i+1)
		i--
	}
	if p.source == "" {
		return p, fmt.Errorf("no program imports %s", p.adapter)
	}
	return p, nil
}

// installFor is the installation with the program's adapter.
func (t tutorial) installFor(p program) string {
	words := regexp.MustCompile(regexp.QuoteMeta(t.shown) + `(\s)`)
	return words.ReplaceAllString(t.install, p.adapter+"$1")
}

// atPort is the tutorial, and its program, on another port than the one that
// the README names.
func (t tutorial) atPort(p program, port int) (tutorial, program) {
	other := strconv.Itoa(port)
	t.requests = strings.ReplaceAll(t.requests, strconv.Itoa(readmePort), other)
	p.source = strings.ReplaceAll(p.source, strconv.Itoa(readmePort), other)
	return t, p
}

// readmePort is where the README's programs listen.
const readmePort = 8080

var route = regexp.MustCompile(`"(?:GET )?(/process/[^"]+)"`)

// spans are the names of the two spans that the README promises: the server's,
// with the program's own route, and the one below it.
func (t tutorial) spans(p program) (server, child string, err error) {
	lines := strings.Split(strings.TrimSpace(t.seen), "\n")
	routes := route.FindStringSubmatch(p.source)
	if len(lines) != 3 || routes == nil {
		return "", "", fmt.Errorf("want a trace of two spans shown, and a route /process/… in the program; got\n%s", t.seen)
	}
	shown, _, isServer := strings.Cut(lines[1], "  SERVER ")
	below, _, isInternal := strings.Cut(lines[2], "  INTERNAL ")
	method, _, _ := strings.Cut(shown, " ")
	child, isBelow := strings.CutPrefix(below, "└─ ")
	if !isServer || !isInternal || !isBelow {
		return "", "", fmt.Errorf("want a SERVER span shown, and an INTERNAL one below it; got\n%s", t.seen)
	}
	return method + " " + routes[1], strings.TrimSpace(child), nil
}
