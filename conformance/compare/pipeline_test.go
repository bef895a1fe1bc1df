package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// commandsOf returns the shell commands that a GitHub job, a GitHub action or a GitLab
// job runs. It parses only the part of YAML that these files use.
func commandsOf(text string) (commands []string) {
	inScript := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		command, isRun := strings.CutPrefix(strings.TrimPrefix(trimmed, "- "), "run: ")
		item, isItem := strings.CutPrefix(trimmed, "- ")
		switch {
		case isRun:
			commands = append(commands, command)
		case trimmed == "script:":
			inScript = true
		case inScript && isItem:
			commands = append(commands, item)
		default:
			inScript = false
		}
	}
	return commands
}

// readFile returns the content of a file.
func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestPipelinesRun checks that the documented jobs work. It runs their commands, one
// after the other, in a directory with a service that has known failures. The jobs use
// the command built from this repository.
func TestPipelinesRun(t *testing.T) {
	t.Parallel()
	program, err := buildSamespan()
	if _, missing := os.Stat(program); missing != nil {
		t.Fatal(err)
	}
	service := os.Args[0] + " serve otelgin"
	written := t.TempDir()
	if _, stderr, status := runSamespan(t, written, "init", "--exec", service); status != 0 {
		t.Fatalf("init: got status %d: %s", status, stderr)
	}
	for name, job := range map[string]struct {
		text string
		env  []string
	}{
		"GitHub": {text: readFile(t, filepath.Join(written, ".github", "workflows", "samespan.yml"))},
		"GitLab": {text: readFile(t, filepath.Join(written, ".gitlab", "samespan.yml"))},
		"GitHubAction": {
			text: readFile(t, "../action.yml"),
			env:  []string{"VERSION=latest", "EXEC=" + service, "HAVE=ask", "KNOWN=samespan.known", "CHECK=", "LEVEL="},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, tools := t.TempDir(), t.TempDir()
			// This go command only records its arguments.
			writeTestFile(t, tools, "go", "#!/bin/sh\necho \"$*\" >> installed\n")
			if err := os.Chmod(filepath.Join(tools, "go"), 0o700); err != nil {
				t.Fatal(err)
			}
			writeTestFile(t, dir, "samespan.known", "known exclude/children it leaves orphans\nskip parent/[^r]* later\nskip exclude/[^c]* later\n"+
				"skip span/* later\nskip error/* later\nskip metric/* later\nskip flush/* later\nskip transparent/* later\nskip trust/* later\n")
			commands := commandsOf(job.text)
			if len(commands) < 2 {
				t.Fatalf("got the commands %q of\n%s", commands, job.text)
			}
			env := slices.Concat(job.env, []string{commandVariable + "=1", "GITHUB_STEP_SUMMARY=summary.md", "PATH=" + tools + ":" + filepath.Dir(program) + ":" + os.Getenv("PATH")})
			for _, command := range commands {
				runInShell(t, dir, command, env)
			}
			if installed := readFile(t, filepath.Join(dir, "installed")); installed != "install github.com/samespan/samespan/conformance/cmd/samespan@latest\n" {
				t.Errorf("got %q installed, want the command", installed)
			}
			for file, want := range map[string]string{
				"samespan.txt": "parent/remote", "samespan.xml": `<property name="level" value="requirement">`, "samespan.html": "<!doctype html>", "samespan.json": `"hint"`,
			} {
				if got := readFile(t, filepath.Join(dir, file)); !strings.Contains(got, want) {
					t.Errorf("%s: got no %s in\n%.300s", file, want, got)
				}
			}
			if name == "GitHubAction" && !strings.Contains(readFile(t, filepath.Join(dir, "summary.md")), "parent/remote") {
				t.Error("the summary of the job has no matrix")
			}
		})
	}
}

// runInShell runs a command as a pipeline does: it stops at the first failure.
func runInShell(t *testing.T, dir, command string, env []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), suiteTimeout)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-eo", "pipefail", "-c", command)
	shell.Dir = dir
	shell.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	shell.Stdout, shell.Stderr = &out, &out
	if err := shell.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out.String())
	}
}

// TestPipelinesAreDocumented checks that the documented GitLab job is the one that the
// command samespan init writes, and that the action has every documented input.
func TestPipelinesAreDocumented(t *testing.T) {
	page := readFile(t, "../README.md")
	_, job, _ := strings.Cut(readFile(t, "../cmd/samespan/templates/.gitlab/samespan.yml"), "\n")
	if !strings.Contains(page, job) {
		t.Errorf("README.md does not show the job that init writes:\n%s", job)
	}
	action := readFile(t, "../action.yml")
	_, shown, ok := strings.Cut(page, "- uses: samespan/samespan/conformance@main\n  with:\n")
	if !ok {
		t.Fatal("README.md does not show the action")
	}
	shown, _, _ = strings.Cut(shown, "```")
	for line := range strings.Lines(shown) {
		if input, _, _ := strings.Cut(strings.TrimSpace(line), ":"); !strings.Contains(action, "\n  "+input+":\n") {
			t.Errorf("the action has no input %q", input)
		}
	}
}

// TestCommandsOf checks that commandsOf finds the commands of GitHub and GitLab jobs.
func TestCommandsOf(t *testing.T) {
	for text, want := range map[string]string{
		"steps:\n  - run: a b\n  - uses: c\n    run: d\n":                    "a b|d",
		"job:\n  script:\n    - a\n    - b\n  paths:\n    - c\nscript:\n- e": "a|b|e",
	} {
		if got := strings.Join(commandsOf(text), "|"); got != want {
			t.Errorf("got %q of %q, want %q", got, text, want)
		}
	}
}
