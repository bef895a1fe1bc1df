package service

import (
	"regexp"
	"strings"
)

// Shell returns a Starter that starts the service with a shell command line.
func Shell(line string) Starter {
	if found := singleCommand.FindStringSubmatch(line); found != nil {
		// exec replaces the shell with the program, so that signals reach the program.
		return command{name: "sh", args: []string{"-c", found[1] + "exec " + strings.TrimPrefix(found[2], "exec ")}}.start
	}
	// SIGTERM is sent to the process group. The shell ignores it and ends when its
	// command ends.
	return command{name: "sh", args: []string{"-c", "trap : TERM\n" + line}, signalsGroup: true}.start
}

// singleCommand matches a line that is a single command, optionally preceded by variable
// assignments: no shell operator outside quotes, and no word that begins a compound or
// special command.
var singleCommand = regexp.MustCompile(`^\s*((?:[A-Za-z_][A-Za-z0-9_]*=` + shellWordPart + `*\s+)*)((?:[A-Za-z0-9_./~+$-]|` + quotedText + `)` + shellWordPart + `*(?:[ \t]+` + shellWordPart + `+)*)\s*$`)

const (
	// shellWordPart is a pattern for a part of a word: a plain character, an escaped one,
	// or quotedText, text in single or double quotes.
	shellWordPart = `(?:[^\s'"\\;&|<>(){}#` + "`" + `!]|\\.|` + quotedText + `)`
	quotedText    = `(?:'[^']*'|"(?:[^"\\]|\\.)*")`
)
