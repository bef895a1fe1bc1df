package service

import (
	"regexp"
	"strings"
)

// Shell starts the service by a line of the shell.
func Shell(line string) Starter {
	if found := oneCommand.FindStringSubmatch(line); found != nil {
		// The shell gives way to the program, so that signals reach it.
		return command{name: "sh", args: []string{"-c", found[1] + "exec " + strings.TrimPrefix(found[2], "exec ")}}.start
	}
	// The shell does not end by the signal that reaches the group, but with the
	// command that it waits for.
	return command{name: "sh", args: []string{"-c", "trap : TERM\n" + line}, group: true}.start
}

// oneCommand matches a line that is one command, with variables before it: no
// operator of the shell outside quotes, and no word with which a compound command or
// another special one begins.
var oneCommand = regexp.MustCompile(`^\s*((?:[A-Za-z_][A-Za-z0-9_]*=` + word + `*\s+)*)((?:[A-Za-z0-9_./~+$"'-])` + word + `*(?:[ \t]+` + word + `+)*)\s*$`)

// word is a part of a word: a plain or escaped character, or quoted text.
const word = `(?:[^\s'"\\;&|<>(){}#` + "`" + `!]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")`
