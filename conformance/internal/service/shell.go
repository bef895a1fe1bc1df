package service

import (
	"regexp"
	"strings"
)

// Shell starts the service with a shell command line.
func Shell(line string) Starter {
	if found := singleCommand.FindStringSubmatch(line); found != nil {
		// exec replaces the shell by the program, so that signals reach it.
		return command{name: "sh", args: []string{"-c", found[1] + "exec " + strings.TrimPrefix(found[2], "exec ")}}.start
	}
	// The shell ignores the signal that reaches the group, and ends with the
	// command that it waits for.
	return command{name: "sh", args: []string{"-c", "trap : TERM\n" + line}, group: true}.start
}

// singleCommand matches a line that is a single command, optionally with variables
// before it: no shell operator outside quotes, and no word that begins a
// compound or special command.
var singleCommand = regexp.MustCompile(`^\s*((?:[A-Za-z_][A-Za-z0-9_]*=` + shellWord + `*\s+)*)((?:[A-Za-z0-9_./~+$-]|` + quotedText + `)` + shellWord + `*(?:[ \t]+` + shellWord + `+)*)\s*$`)

const (
	// shellWord matches a part of a word: a plain or escaped character, or quoted text.
	shellWord  = `(?:[^\s'"\\;&|<>(){}#` + "`" + `!]|\\.|` + quotedText + `)`
	quotedText = `(?:'[^']*'|"(?:[^"\\]|\\.)*")`
)
