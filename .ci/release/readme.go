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

// tutorial has the commands and the expected output of the README's quick start, and the
// programs of the adapters' READMEs.
type tutorial struct {
	// installScript creates the application's directory, module and requirements.
	// startScript runs the application. requestScript sends requests while the application
	// runs. Each script is a list of shell commands.
	installScript, startScript, requestScript string
	// expectedOutput is the application's output after the requests.
	expectedOutput string
	// shownAdapter is the module path of the adapter in installScript. installCommands
	// replaces it with the adapter of another framework.
	shownAdapter string
	programs     []program
}

// program is the program that the quick start of one framework shows.
type program struct {
	// framework is the name in the README's table of frameworks, such as "Gin".
	framework string
	// adapter is the module path of the framework's adapter.
	adapter string
	// frameworkModule is the module path of the framework; "" for net/http.
	frameworkModule string
	// source is the Go source code.
	source string
}

// name returns a short name for files: the name of the adapter's directory.
func (p program) name() string {
	return strings.ReplaceAll(strings.TrimPrefix(p.adapter, modulePrefix+"/"), "/", "-")
}

// frameworkRowPattern matches a framework's row in the README's table. The row links to
// the framework's quick start.
var frameworkRowPattern = regexp.MustCompile("(?m)^\\| \\[([^]]+)\\]\\(([^)#]*)#quick-start\\) \\| `(" + regexp.QuoteMeta(modulePrefix) + "/[^`]+)` \\|")

// block is a fenced code block.
type block struct{ language, text string }

// codeBlocks returns the fenced code blocks of a document.
func codeBlocks(markdown string) []block {
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

// quickStartBlocks returns the code blocks of a document's quick start section.
func quickStartBlocks(document string) ([]block, error) {
	_, section, found := strings.Cut(document, "\n## Quick start\n")
	if !found {
		return nil, errors.New(`section "Quick start" not found`)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return codeBlocks(section), nil
}

// readTutorial parses the README's quick start. It uses read to read the documents that
// the table of frameworks links to. A part that it cannot parse is an error: otherwise
// that part would not be tested.
func readTutorial(readme string, read func(name string) (string, error)) (tutorial, error) {
	shown, err := quickStartBlocks(readme)
	if err != nil {
		return tutorial{}, err
	}
	var typed []string
	for _, b := range shown {
		switch b.language {
		case "":
			typed = append(typed, b.text)
		case "go":
		default:
			return tutorial{}, fmt.Errorf("got a code block in %s, want Go, or no language for commands and output", b.language)
		}
	}
	if len(typed) != 4 {
		return tutorial{}, fmt.Errorf("got %d code blocks without a language, want 4: installation, start, requests, output", len(typed))
	}
	t := tutorial{installScript: typed[0], startScript: typed[1], requestScript: typed[2], expectedOutput: typed[3]}
	for _, match := range frameworkRowPattern.FindAllStringSubmatch(readme, -1) {
		p, document := program{framework: match[1], adapter: match[3]}, readme
		if match[2] != "" {
			if document, err = read(match[2]); err != nil {
				return tutorial{}, err
			}
		}
		if p, err = p.withSource(document); err != nil {
			return tutorial{}, fmt.Errorf("%s: %w", p.framework, err)
		}
		if slices.Contains(strings.Fields(t.installScript), p.adapter) {
			t.shownAdapter = p.adapter
		}
		t.programs = append(t.programs, p)
	}
	if t.shownAdapter == "" {
		return tutorial{}, fmt.Errorf("the installation commands have none of the adapters in the table of frameworks:\n%s", t.installScript)
	}
	return t, nil
}

// withSource returns p with the source of the program that the document's quick start
// shows, and with the framework's module path, which the program imports. The quick start
// must have exactly one program, which must import p's adapter.
func (p program) withSource(document string) (program, error) {
	shown, err := quickStartBlocks(document)
	if err != nil {
		return p, err
	}
	for _, b := range shown {
		if b.language != "go" {
			continue
		}
		if p.source != "" {
			return p, errors.New("got two Go code blocks in the quick start, want 1")
		}
		file, err := parser.ParseFile(token.NewFileSet(), "main.go", b.text, parser.ImportsOnly)
		if err != nil {
			return p, fmt.Errorf("parse a Go code block: %w", err)
		}
		if !slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == strconv.Quote(p.adapter) }) {
			return p, fmt.Errorf("the program does not import %s", p.adapter)
		}
		p.source = b.text
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && strings.Contains(path, ".") && !strings.HasPrefix(path, modulePrefix+"/") {
				p.frameworkModule = path
			}
		}
	}
	if p.source == "" {
		return p, errors.New("no Go code block in the quick start")
	}
	return p, nil
}

// installCommands returns the README's install commands, with p's adapter instead of the
// adapter that the README shows.
func (t tutorial) installCommands(p program) string {
	words := regexp.MustCompile(regexp.QuoteMeta(t.shownAdapter) + `(\s)`)
	return words.ReplaceAllString(t.installScript, p.adapter+"$1")
}

// withPort returns the tutorial and the program with port in place of readmePort.
func (t tutorial) withPort(p program, port int) (tutorial, program) {
	oldPort, newPort := strconv.Itoa(readmePort), strconv.Itoa(port)
	t.requestScript = strings.ReplaceAll(t.requestScript, oldPort, newPort)
	p.source = strings.ReplaceAll(p.source, oldPort, newPort)
	return t, p
}

// readmePort is the port that the README's programs listen on.
const readmePort = 8080

// routePattern matches the route in the source of a README's program.
var routePattern = regexp.MustCompile(`"(?:GET )?(/process/[^"]+)"`)

// spanNames returns the names of the two spans that the README shows: the server span with
// the program's route, and its child.
func (t tutorial) spanNames(p program) (server, child string, err error) {
	lines := strings.Split(strings.TrimSpace(t.expectedOutput), "\n")
	routes := routePattern.FindStringSubmatch(p.source)
	if len(lines) != 3 || routes == nil {
		return "", "", fmt.Errorf("want an output of three lines, with two spans, and a route /process/… in the program; got the output\n%s", t.expectedOutput)
	}
	shown, _, isServer := strings.Cut(lines[1], "  SERVER ")
	below, _, isInternal := strings.Cut(lines[2], "  INTERNAL ")
	method, _, _ := strings.Cut(shown, " ")
	child, isBelow := strings.CutPrefix(below, "└─ ")
	if !isServer || !isInternal || !isBelow {
		return "", "", fmt.Errorf("want a SERVER span with an INTERNAL child in the output; got\n%s", t.expectedOutput)
	}
	return method + " " + routes[1], strings.TrimSpace(child), nil
}
